"""Tables in which the Linux kernel lists instructions that it repairs or continues after; how its tables are read."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tdxprove.binary import Section, rejection

_T = TypeVar("_T")

_S32 = struct.Struct("<i")
_U16 = struct.Struct("<H")
_ARGUMENTS = 1 << 4  # BUGFLAG_ARGS (Linux include/asm-generic/bug.h, since 6.19)
_RELOCATE = "link the object, or pass one whose tables resolve"
UNKNOWN_FORM = "kernels with such tables are not supported, please report it"
_MASK = (1 << 64) - 1
# ud2; or, for a WARN with arguments, ud1 behind an address-size or REX prefix.
_TRAP = re.compile(rb"\x0f\x0b|\x67?[\x40-\x4f]?\x0f\xb9")


@dataclass(frozen=True, slots=True)
class Fixup:
    """Where a faulting instruction continues; kind is an EX_TYPE_ constant of the kernel."""

    target: int
    kind: int


class Memory(Protocol):
    """What the tables are read through."""

    @property
    def name(self) -> str: ...

    @property
    def relocatable(self) -> bool: ...

    @property
    def sections(self) -> tuple[Section, ...]: ...

    def read(self, address: int, size: int) -> bytes | None: ...

    def section_at(self, address: int) -> Section | None: ...

    def address_of(self, name: str) -> int | None: ...

    def calls_paravirt(self, address: int) -> bool: ...


def fixups(image: Memory) -> dict[int, Fixup]:
    """Read `__ex_table` (arch/x86/include/asm/extable.h: insn, fixup, data; relative, 12 bytes each).

    Raises:
        ImageError: the table is malformed or not relocated.
    """
    found = {}
    for place, entry in entries(image, "__ex_table", 12):
        address = relative(place, entry)
        if address in found:
            raise rejection(image.name, f"section '__ex_table' has two entries for {address:#x}", UNKNOWN_FORM)
        found[address] = Fixup(relative(place, entry, 4), int.from_bytes(entry[8:12], "little"))
    return in_code(image, "__ex_table", found)


def bugs(image: Memory) -> dict[int, bool]:
    """Read `__bug_table` (arch/x86/include/asm/bug.h): trapping instruction to whether it is a WARN, which continues.

    The entry is 8 bytes (address, u16 flags, padding), 12 with file and line (CONFIG_DEBUG_BUGVERBOSE) or with a format
    (Linux 6.19), and 16 with all of these. The smallest size that makes every entry point to a trap is the right one: a
    size too small would take pointers to strings for pointers to traps. Entries with BUGFLAG_ARGS, which came with the
    format, belong to calls of __WARN_trap and say nothing of the instruction that they point to.

    Raises:
        ImageError: the table is malformed or not relocated.
    """
    for width, usual in ((8, 4), (12, 10), (16, 14)):
        if not whole(image, "__bug_table", width):
            continue
        flags = 8 if width == 12 and _has_format_only(image) else usual
        table = entries(image, "__bug_table", width)
        listed = {relative(place, entry): _U16.unpack_from(entry, flags)[0] for place, entry in table}
        with_format = flags in {8, 14}
        found = {at: bool(kind & 1) for at, kind in listed.items() if not (with_format and kind & _ARGUMENTS)}
        if all(is_code(image, address) for address in listed) and all(_is_trap(image, address) for address in found):
            return found
    raise rejection(image.name, "section '__bug_table' has entries of an unknown form", UNKNOWN_FORM)


def _has_format_only(image: Memory) -> bool:
    """Have entries of 12 bytes a format and flags, padded, in place of file, line and flags?"""
    listed = list(entries(image, "__bug_table", 12))
    words = [_U16.unpack_from(entry, 10)[0] for _, entry in listed]
    return not any(words) and not any(_names_file(image, relative(place, entry, 4)) for place, entry in listed)


def _names_file(image: Memory, address: int) -> bool:
    sizes = range(256, 0, -1)  # the section may end behind the name
    text = next(filter(None, (image.read(address, size) for size in sizes)), b"").partition(b"\0")[0]
    return text.endswith((b".c", b".h", b".S", b".rs"))


def _is_trap(image: Memory, address: int) -> bool:
    code = image.read(address, 4) or image.read(address, 2)
    return code is not None and _TRAP.match(code) is not None


def unlocated(image: Memory) -> tuple[str, ...]:
    """Return the kinds of places that a kernel has a table of, which nothing in this file locates.

    vmlinux keeps those between two symbols that the linker script always defines (include/asm-generic/vmlinux.lds.h);
    kallsyms has them with CONFIG_KALLSYMS_ALL only.
    """
    if image.relocatable or not any(section.name == "__ex_table" for section in image.sections):
        return ()
    tables = (("__jump_table", "jump label"), (".static_call_sites", "static call"))
    return tuple(kind for name, kind in tables if not extents(image, name))


def extents(image: Memory, name: str) -> list[tuple[int, int]]:
    """Return address and size of each section of that name, or of what two symbols of a linker script enclose."""
    found = [(section.address, section.size) for section in image.sections if section.name == name]
    label = name.removeprefix(".")
    start, stop = image.address_of(f"__start_{label}"), image.address_of(f"__stop_{label}")
    # vmlinux keeps some tables inside .rodata, between two symbols of the linker script; its modules have sections.
    named = any(address <= start <= address + size for address, size in found) if start is not None else True
    if not named and start is not None and stop is not None and start <= stop:
        found.append((start, stop - start))
    return found


def whole(image: Memory, name: str, width: int) -> bool:
    """Is a table made of entries of that width?"""
    return all(size % width == 0 for _, size in extents(image, name))


def entries(image: Memory, name: str, width: int, needed: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield address and (at least the needed first) bytes of each entry of a table.

    Raises:
        ImageError: it is not made of such entries, or no relocation settles them.
    """
    for start, size in extents(image, name):
        if size % width:
            raise rejection(image.name, f"table {name!r} is not made of {width}-byte entries", UNKNOWN_FORM)
        table = image.read(start, size)
        for offset in range(0, size, width):
            entry = table[offset : offset + width] if table else image.read(start + offset, needed or width)
            if entry is None:
                raise rejection(image.name, f"table {name!r} has entries that no relocation settles", _RELOCATE)
            yield start + offset, entry


def relative(place: int, entry: bytes, offset: int = 0) -> int:
    """Return the address that a self-relative 32-bit field at an offset of an entry refers to."""
    return (place + offset + int(_S32.unpack_from(entry, offset)[0])) & _MASK


def references(image: Memory, name: str, width: int) -> set[int]:
    """Return the addresses of code that a table refers to, each at the start of an entry, relative to it.

    Raises:
        ImageError: it is not made of such entries, no relocation settles them, or they refer elsewhere.
    """
    found: set[int] = set()
    for start, size in extents(image, name):
        table = None if size % width else image.read(start, size)
        if table is None:
            found.update(relative(place, entry) for place, entry in entries(image, name, width, needed=4))
        else:
            rows = struct.iter_unpack(f"<i{width - 4}x", table)
            found.update([(start + width * index + offset) & _MASK for index, (offset,) in enumerate(rows)])
    return set(in_code(image, name, dict.fromkeys(found)))


def is_code(image: Memory, address: int) -> bool:
    """Does an address lie in an executable section?"""
    section = image.section_at(address)
    return section is not None and section.executable


def in_code(image: Memory, name: str, found: dict[int, _T]) -> dict[int, _T]:
    """Return `found`, after checking that it speaks of code.

    Raises:
        ImageError: an address lies elsewhere.
    """
    outside = list(found)
    for section in image.sections:
        if section.executable:
            start, end = section.address, section.address + section.size
            outside = [address for address in outside if not start <= address < end]
    if outside:
        raise rejection(image.name, f"section {name!r} lists {outside[0]:#x}, which is no code", UNKNOWN_FORM)
    return found
