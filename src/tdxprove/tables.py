"""Tables in which the Linux kernel lists instructions that it repairs, continues after, or rewrites at run time."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tdxprove.binary import Section, rejection

_T = TypeVar("_T")

_S32 = struct.Struct("<i")
_U16 = struct.Struct("<H")
_RELOCATE = "link the object, or pass one whose tables resolve"
_UNKNOWN = "kernels with such tables are not supported, please report it"
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


def fixups(image: Memory) -> dict[int, Fixup]:
    """Read `__ex_table` (arch/x86/include/asm/extable.h: insn, fixup, data; relative, 12 bytes each).

    Raises:
        ImageError: the table is malformed or not relocated.
    """
    found = {}
    for place, entry in _entries(image, "__ex_table", 12):
        address = _relative(place, entry)
        if address in found:
            raise rejection(image.name, f"section '__ex_table' has two entries for {address:#x}", _UNKNOWN)
        found[address] = Fixup(_relative(place, entry, 4), int.from_bytes(entry[8:12], "little"))
    return _in_code(image, "__ex_table", found)


def bugs(image: Memory) -> dict[int, bool]:
    """Read `__bug_table` (arch/x86/include/asm/bug.h): trapping instruction to whether it is a WARN, which continues.

    The entry is 8 bytes (address, u16 flags, padding), 12 with file and line (CONFIG_DEBUG_BUGVERBOSE), and 16 with a
    format as well (Linux 6.19). The smallest size that makes every entry point to a
    trap is the right one: a size too small would take pointers to strings for pointers to traps.

    Raises:
        ImageError: the table is malformed or not relocated.
    """
    for width, flags in ((8, 4), (12, 10), (16, 14)):
        if not _whole(image, "__bug_table", width):
            continue
        found = {
            _relative(place, entry): bool(_U16.unpack_from(entry, flags)[0] & 1)
            for place, entry in _entries(image, "__bug_table", width)
        }
        if all(_is_code(image, address) and _is_trap(image, address) for address in found):
            return found
    raise rejection(image.name, "section '__bug_table' has entries of an unknown form", _UNKNOWN)


def _is_trap(image: Memory, address: int) -> bool:
    code = image.read(address, 4) or image.read(address, 2)
    return code is not None and _TRAP.match(code) is not None


def patched(image: Memory) -> dict[int, str]:
    """Return the addresses that the kernel may rewrite at run time, with what rewrites them.

    Raises:
        ImageError: a table is malformed or not relocated.
    """
    found: dict[int, str] = {}
    for name, width, kind in (
        ("__jump_table", 16, "jump label"),
        (".static_call_sites", 8, "static call"),
        (".return_sites", 4, "return thunk"),
        (".retpoline_sites", 4, "retpoline"),
    ):
        sites = {_relative(place, entry): kind for place, entry in _entries(image, name, width, needed=4)}
        found |= _in_code(image, name, sites)
    return found | _alternatives(image)


def unlocated(image: Memory) -> tuple[str, ...]:
    """Return the kinds of `patched` that a kernel has a table of, which nothing in this file locates.

    vmlinux keeps those between two symbols that the linker script always defines (include/asm-generic/vmlinux.lds.h);
    kallsyms has them with CONFIG_KALLSYMS_ALL only.
    """
    if image.relocatable or not any(section.name == "__ex_table" for section in image.sections):
        return ()
    tables = (("__jump_table", "jump label"), (".static_call_sites", "static call"))
    return tuple(kind for name, kind in tables if not _extents(image, name))


def _alternatives(image: Memory) -> dict[int, str]:
    """Read `.altinstructions` (arch/x86/include/asm/alternative.h, packed): every byte that an alternative replaces.

    The entry is two relative addresses, then u16 feature and two u8 lengths (12 bytes); with a third length before
    Linux 5.13 (13 bytes); with a u32 of feature and flags since Linux 6.3 (14 bytes).
    """
    name = ".altinstructions"
    fits = [
        found
        for width, lengths in ((14, 12), (12, 10), (13, 10))
        if _whole(image, name, width) and (found := _alternatives_of(image, name, width, lengths)) is not None
    ]
    if not fits:
        raise rejection(image.name, f"section {name!r} has entries of an unknown form", _UNKNOWN)
    # A short table may fit two forms; too many addresses cost precision, too few would be wrong.
    return {address: kind for found in fits for address, kind in found.items()}


def _alternatives_of(image: Memory, name: str, width: int, lengths: int) -> dict[int, str] | None:
    found: dict[int, str] = {}
    code = [(section.address, section.address + section.size) for section in image.sections if section.executable]

    def is_code(address: int) -> bool:
        return any(start <= address < end for start, end in code)

    for place, entry in _entries(image, name, width):
        start, source = _relative(place, entry), _relative(place, entry, 4)
        size, replacement = entry[lengths], entry[lengths + 1]
        if replacement > size or not is_code(start) or not is_code(start + max(size, 1) - 1):
            return None
        if replacement and not is_code(source):
            return None
        found |= dict.fromkeys(range(start, start + size), "alternative")
    return found


def _extents(image: Memory, name: str) -> list[tuple[int, int]]:
    found = [(section.address, section.size) for section in image.sections if section.name == name]
    label = name.removeprefix(".")
    start, stop = image.address_of(f"__start_{label}"), image.address_of(f"__stop_{label}")
    # vmlinux keeps some tables inside .rodata, between two symbols of the linker script.
    if not found and start is not None and stop is not None and start <= stop:
        return [(start, stop - start)]
    return found


def _whole(image: Memory, name: str, width: int) -> bool:
    return all(size % width == 0 for _, size in _extents(image, name))


def _entries(image: Memory, name: str, width: int, needed: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield address and (at least the needed first) bytes of each entry."""
    for start, size in _extents(image, name):
        if size % width:
            raise rejection(image.name, f"table {name!r} is not made of {width}-byte entries", _UNKNOWN)
        table = image.read(start, size)
        for offset in range(0, size, width):
            entry = table[offset : offset + width] if table else image.read(start + offset, needed or width)
            if entry is None:
                raise rejection(image.name, f"table {name!r} has entries that no relocation settles", _RELOCATE)
            yield start + offset, entry


def _relative(place: int, entry: bytes, offset: int = 0) -> int:
    """Return the address that a self-relative 32-bit field at an offset of an entry refers to."""
    return (place + offset + int(_S32.unpack_from(entry, offset)[0])) & _MASK


def _is_code(image: Memory, address: int) -> bool:
    section = image.section_at(address)
    return section is not None and section.executable


def _in_code(image: Memory, name: str, found: dict[int, _T]) -> dict[int, _T]:
    code = [(section.address, section.address + section.size) for section in image.sections if section.executable]
    for address in found:
        if not any(start <= address < end for start, end in code):
            raise rejection(image.name, f"section {name!r} lists {address:#x}, which is no code", _UNKNOWN)
    return found
