"""A shared object or position-independent executable as a loader places it: not at 0, where it is linked.

Addresses near 0 look like the numbers that functions send. The tables of the file are rewritten, its code is not: it
runs anywhere. What its data holds is the loader's business, but for words that SHT_RELR lists, which hold addresses.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tdxprove.elf import (
    ET_DYN,
    MOVED_BASE,
    SHF_ALLOC,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    SHT_DYNSYM,
    SHT_NOBITS,
    SHT_RELA,
    SHT_RELR,
    SHT_SYMTAB,
    Elf,
    Header,
)
from tdxprove.elf_dynamic import relative_places
from tdxprove.sites import candidates

_LOWEST: Final = 1 << 20
_TYPE_AT: Final = 16
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_RELA: Final = struct.Struct("<QQq")
_WORD: Final = struct.Struct("<Q")
_TLS: Final = 6
"""STT_TLS: the value is an offset (gABI, figure 4-17)."""

_ADDRESSES: Final = frozenset({8, 37})
"""R_X86_64_RELATIVE and R_X86_64_IRELATIVE: the addend is an address of the file (psABI AMD64, table 4.9)."""


def rebased(elf: Elf) -> Elf:
    """Return the file elsewhere, if it is linked at 0, may be loaded anywhere, and seems to hold a TDX instruction."""
    placed = [header for header in elf.headers if header.placed and header.size]
    (kind,) = struct.unpack_from("<H", elf.view, _TYPE_AT)
    if (
        kind != ET_DYN
        or not placed
        or min(h.address for h in placed) >= _LOWEST
        or not any(True for _ in candidates(elf.view))
    ):
        return elf
    align = max(header.align for header in placed) or 1
    shift = (MOVED_BASE + align - 1) & -align
    data = bytearray(elf.view)
    for header in elf.headers:
        if header.kind in (SHT_SYMTAB, SHT_DYNSYM):
            _move_symbols(data, header, shift)
        elif header.kind == SHT_RELA and header.flags & SHF_ALLOC:
            _move_relocations(data, header, shift)
        elif header.kind == SHT_RELR and header.flags & SHF_ALLOC:
            for at in _listed(elf, header, placed):
                _WORD.pack_into(data, at, (_WORD.unpack_from(data, at)[0] + shift) % (1 << 64))
    headers = tuple(replace(h, address=h.address + shift) if h.placed else h for h in elf.headers)
    return replace(
        elf, view=memoryview(data), headers=headers, end=elf.end + shift, entry=elf.entry + shift, shift=shift
    )


def _rows(header: Header, entry: struct.Struct) -> range:
    return range(header.offset, header.offset + header.size - entry.size + 1, entry.size)


def _move_symbols(data: bytearray, header: Header, shift: int) -> None:
    for at in _rows(header, _SYMBOL):
        name, info, other, section, value, size = _SYMBOL.unpack_from(data, at)
        if section not in (SHN_UNDEF, SHN_ABS, SHN_COMMON) and info & 0xF != _TLS:
            _SYMBOL.pack_into(data, at, name, info, other, section, (value + shift) % (1 << 64), size)


def _move_relocations(data: bytearray, header: Header, shift: int) -> None:
    for at in _rows(header, _RELA):
        place, info, addend = _RELA.unpack_from(data, at)
        if info:
            moved = addend + shift if info & 0xFFFF_FFFF in _ADDRESSES else addend
            wrapped = (moved + (1 << 63)) % (1 << 64) - (1 << 63)
            _RELA.pack_into(data, at, (place + shift) % (1 << 64), info, wrapped)


def _listed(elf: Elf, table: Header, placed: list[Header]) -> Iterator[int]:
    """Offsets of the words in the file that a SHT_RELR section lists."""
    for place in relative_places(elf.contents(table)):
        for header in placed:
            offset = place - header.address
            if header.kind != SHT_NOBITS and 0 <= offset <= header.size - _WORD.size:
                yield header.offset + offset
