"""The headers of an ELF file, read and checked against the bytes that are there."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tdxprove import elf_dynamic, foreign, hidden
from tdxprove.binary import rejection
from tdxprove.elf import (
    CORRUPT,
    ET_DYN,
    ET_EXEC,
    ET_REL,
    PAGE,
    PF_W,
    PF_X,
    PN_XNUM,
    PT_DYNAMIC,
    PT_GNU_RELRO,
    PT_LOAD,
    SECTION_BASE,
    SECTION_LIMIT,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHN_XINDEX,
    SHT_NOBITS,
    SHT_STRTAB,
    Elf,
    Header,
)

_EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
_SHDR = struct.Struct("<IIQQQQIIQQ")
_PHDR = struct.Struct("<IIQQQQQQ")
_EMPTY = (0, SHT_NOBITS)
_ET_CORE = 4
_MACHINES = {3: "i386", 8: "MIPS", 21: "PowerPC64", 22: "s390", 40: "ARM", 183: "AArch64", 243: "RISC-V"}
_REBUILD = "copy or build the file again"


def parse(name: str, view: memoryview) -> Elf:
    """Check and index an ELF file.

    Raises:
        ImageError: not ELF, not x86-64, truncated or inconsistent.
    """
    kind, entry, phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx = _identify(name, view)
    headers, shstrndx, phnum = _headers(name, view, (shoff, shentsize, shnum, shstrndx), phnum)
    headers = _named(name, view, headers, shstrndx)
    for header in headers[1:]:
        _check_section(name, view, header, kind)
    if sum(header.size for header in headers if header.kind not in _EMPTY) > len(view):
        # Each would be copied and relocated by itself: a small file could ask for any memory and time.
        raise rejection(name, "sections that overlap in the file", CORRUPT)
    loads: Sequence[_Segment] = ()
    sealed: list[tuple[int, int]] = []
    tables = [(0, _EHDR.size), (shoff, shoff + _SHDR.size * len(headers))]
    if kind == ET_REL:
        headers, end = _place(name, headers)
    else:
        loads, dynamic, sealed = _segments(name, view, phoff, phentsize, phnum)
        tables.append((phoff, phoff + _PHDR.size * phnum))
        end = _check_linked(name, headers, loads)
        elf_dynamic.check(name, headers, partial(_loaded, name, view, loads), dynamic)
    _check_hidden(name, view, tables, headers, loads)
    return Elf(name, view, kind == ET_REL, tuple(headers), end, entry, sealed=tuple(sealed))


def _identify(name: str, view: memoryview) -> tuple[int, ...]:
    if not len(view):
        raise rejection(name, "empty file", _REBUILD)
    if bytes(view[:4]) != b"\x7fELF":
        raise foreign.refusal(name, view)
    if len(view) < _EHDR.size:
        raise rejection(name, "truncated in the ELF header", _REBUILD)
    if view[5] == 2:
        raise rejection(name, "big-endian ELF file", "pass an x86-64 file")
    ident, kind, machine, _, entry, phoff, shoff, _, ehsize, *counts = _EHDR.unpack_from(view)
    if machine != 62:
        built = _MACHINES.get(machine, f"machine {machine}")
        raise rejection(name, f"ELF file built for {built}, not for x86-64", "pass an x86-64 file")
    if ident[4] != 2 or ident[5] != 1:
        raise rejection(name, "not a 64-bit little-endian ELF file", "pass an x86-64 file (x32 is not supported)")
    if kind not in (ET_REL, ET_EXEC, ET_DYN):
        what = "a core dump" if kind == _ET_CORE else f"ELF file of type {kind}"
        raise rejection(name, what, "pass an object, module, kernel, executable or shared object")
    if ehsize != _EHDR.size:
        raise rejection(name, f"ELF header claims {ehsize} bytes", CORRUPT)
    return (kind, entry, phoff, shoff, *counts)


def _within(name: str, view: memoryview, offset: int, size: int, what: str) -> None:
    if offset + size > len(view):
        reason = f"truncated: {what} ends at byte {offset + size} of a file of {len(view)}"
        raise rejection(name, reason, _REBUILD)


def _headers(
    name: str, view: memoryview, where: tuple[int, int, int, int], phnum: int
) -> tuple[list[Header], int, int]:
    offset, entry, count, strings = where
    if not offset:
        raise rejection(name, "no section headers", "pass the file as linked, before section headers were stripped")
    if entry != _SHDR.size:
        raise rejection(name, f"section headers of {entry} bytes", CORRUPT)
    _within(name, view, offset, entry, "the section header table")
    first = _SHDR.unpack_from(view, offset)
    # gABI: counts that do not fit their field are kept in the otherwise unused section header 0.
    count = count or first[5]
    strings = first[6] if strings == SHN_XINDEX else strings
    phnum = first[7] if phnum == PN_XNUM else phnum
    _within(name, view, offset, entry * count, "the section header table")
    if count < 2:
        raise rejection(name, "no sections", "pass the file as linked, before section headers were stripped")
    headers = []
    for index, row in enumerate(_SHDR.iter_unpack(view[offset : offset + entry * count])):
        text, kind, flags, address, start, size, link, info, align, width = row
        headers.append(Header(index, str(text), kind, flags, address, start, size, link, info, align, width))
    return headers, strings, phnum


def _named(name: str, view: memoryview, headers: list[Header], strings: int) -> list[Header]:
    if strings >= len(headers) or headers[strings].kind != SHT_STRTAB:
        raise rejection(name, f"no section name table (e_shstrndx {strings})", CORRUPT)
    table = headers[strings]
    _within(name, view, table.offset, table.size, "the section name table")
    text = bytes(view[table.offset : table.offset + table.size])
    named = []
    for header in headers:
        start = int(header.name)
        stop = text.find(b"\0", start)
        if stop < 0:
            raise rejection(name, f"the name of section {header.index} lies outside the name table", CORRUPT)
        named.append(replace(header, name=text[start:stop].decode("utf-8", "backslashreplace")))
    return named


def _check_section(name: str, view: memoryview, header: Header, kind: int) -> None:
    if header.kind != SHT_NOBITS and header.kind:
        _within(name, view, header.offset, header.size, f"section {header.name!r}")
    if not header.flags & SHF_ALLOC:
        return
    if header.flags & SHF_COMPRESSED:
        raise rejection(name, f"section {header.name!r} is loaded but compressed", CORRUPT)
    if header.align & (header.align - 1) or header.align > 1 << 30:
        raise rejection(name, f"section {header.name!r} has alignment {header.align}", CORRUPT)
    if kind != ET_REL and header.address + header.size > 1 << 64:
        raise rejection(name, f"section {header.name!r} exceeds the address space", CORRUPT)


def _place(name: str, headers: list[Header]) -> tuple[list[Header], int]:
    cursor = SECTION_BASE
    placed = []
    for header in headers:
        address = 0
        if header.placed:
            align = max(PAGE, header.align)
            address = (cursor + align - 1) & -align
            # The unused page keeps the end of one section from being the start of the next.
            cursor = address + header.size + PAGE
        if cursor > SECTION_LIMIT:
            raise rejection(name, f"section {header.name!r} does not fit into 2 GiB with the others", CORRUPT)
        placed.append(replace(header, address=address))
    return placed, cursor


@dataclass(frozen=True, slots=True)
class _Segment:
    """What a program header has loaded."""

    address: int
    offset: int
    size: int
    flags: int


def _segments(
    name: str, view: memoryview, offset: int, entry: int, count: int
) -> tuple[list[_Segment], list[int], list[tuple[int, int]]]:
    """What is loaded, and where the dynamic section is then, and whole pages that are read-only once relocated."""
    if count and entry != _PHDR.size:
        raise rejection(name, f"program headers of {entry} bytes", CORRUPT)
    _within(name, view, offset, count * _PHDR.size, "the program header table")
    loads, dynamic, sealed = [], [], []
    for row in _PHDR.iter_unpack(view[offset : offset + count * _PHDR.size]):
        kind, flags, start, address, _, filesz, memsz, _ = row
        if filesz:  # where one without bytes begins does not matter
            _within(name, view, start, filesz, "a segment")
        if kind == PT_LOAD:
            loads.append(_Segment(address, start, filesz, flags))
        elif kind == PT_DYNAMIC:
            dynamic.append(address)
        elif kind == PT_GNU_RELRO:
            sealed.append((address, (address + memsz) & -PAGE))
    code = any(load.size and load.flags & PF_X for load in loads)
    return loads, dynamic if code else [], sealed  # debug data that was split off keeps the headers, and no bytes


def _loaded(name: str, view: memoryview, loads: Sequence[_Segment], address: int) -> memoryview:
    """The bytes of the file that are loaded from an address on."""
    for load in loads:
        if load.address <= address < load.address + load.size:
            return view[load.offset + address - load.address : load.offset + load.size]
    raise rejection(name, "a dynamic section that is not loaded", CORRUPT)


def _check_linked(name: str, headers: list[Header], loads: Sequence[_Segment]) -> int:
    """Refuse sections that the program headers, which the loader goes by, contradict; return the highest address."""
    end = 0
    for header in sorted((h for h in headers if h.placed and h.size), key=lambda h: h.address):
        if header.address < end:
            raise rejection(name, f"section {header.name!r} overlaps another section", CORRUPT)
        end = header.address + header.size
        if header.kind == SHT_NOBITS:
            continue
        if not any(
            load.address <= header.address
            and end <= load.address + load.size
            and header.address - load.address == header.offset - load.offset
            for load in loads
        ):
            raise rejection(name, f"section {header.name!r} is not what the program headers load there", CORRUPT)
    return end


def _check_hidden(
    name: str, view: memoryview, tables: list[hidden.Extent], headers: Sequence[Header], loads: Sequence[_Segment]
) -> None:
    """Refuse TDX instructions in bytes of no section, and in others that a loader makes executable all the same.

    But for segments that are writable, too: a kernel loads data in one with its initial code, and takes that right away
    from the data when it runs (Linux arch/x86/kernel/vmlinux.lds.S, `init PT_LOAD FLAGS(7)`).
    """
    whole = [(header, (header.offset, header.offset + header.size)) for header in headers if header.kind not in _EMPTY]
    at = hidden.outside(view, [*tables, *(extent for _, extent in whole)])
    if at is not None:
        raise rejection(name, f"the bytes of a TDX instruction at byte {at:#x} belong to no section", CORRUPT)
    code = [extent for header, extent in whole if header.executable]
    for load in loads:
        if load.flags & (PF_X | PF_W) == PF_X:
            at = hidden.outside(view, code, (load.offset, load.offset + load.size))
            if at is not None:
                reason = f"the bytes of a TDX instruction at byte {at:#x} are loaded as code by no section of code"
                raise rejection(name, reason, "link the file again, code apart from data (ld -z separate-code)")
