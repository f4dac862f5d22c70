"""Relocations that a linked ELF file tells its loader of, checked against the sections that tell of them.

A loader goes by the dynamic section and by nothing else (gABI, chapter 5, Dynamic Section): what only it knows of would
make other code of what stands in the file.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tdxprove.binary import rejection
from tdxprove.elf import CORRUPT, SHF_ALLOC, SHT_RELA, SHT_RELR, Header

_ENTRY: Final = struct.Struct("<QQ")
_NULL: Final = 0

_TABLES: Final = {7: (8, SHT_RELA), 23: (2, SHT_RELA), 36: (35, SHT_RELR)}
"""DT_RELA, DT_JMPREL and DT_RELR, each with the tag of its size and the type of its sections (gABI, figure 5-10)."""

_OTHERS: Final = frozenset({17, 0x4000_0026, 0x6000_000F, 0x6000_0011, 0x6FFF_E000})
"""DT_REL, DT_CREL, DT_ANDROID_REL, DT_ANDROID_RELA and DT_ANDROID_RELR, which x86-64 does not use or which are packed
(LLVM llvm/include/llvm/BinaryFormat/DynamicTags.def)."""

_WORD: Final = 8
_PACKED: Final = 63
"""Words that a bitmap of a SHT_RELR section speaks of (gABI, chapter 4, Relative Relocation Table)."""


def check(name: str, headers: Sequence[Header], read: Callable[[int], memoryview], dynamic: Sequence[int]) -> None:
    """Check the dynamic sections at some addresses, of which `read` gives what is loaded from there on.

    Raises:
        ImageError: they name relocations that no section tells of, or in a form that is not read.
    """
    for address in dynamic:
        loaded = read(address)
        tags: dict[int, int] = {}
        for tag, value in _ENTRY.iter_unpack(loaded[: len(loaded) // _ENTRY.size * _ENTRY.size]):
            if tag == _NULL:
                break
            tags[tag] = value
        if not _OTHERS.isdisjoint(tags):
            raise rejection(name, "dynamic relocations in a form that is not read", "link it without packing them")
        for tag, (size, kind) in _TABLES.items():
            if tag in tags and not _covered(headers, kind, tags[tag], tags[tag] + tags.get(size, 0)):
                raise rejection(name, "dynamic relocations of which no section tells", CORRUPT)


def relative_places(table: memoryview) -> Iterator[int]:
    """The words that the contents of a SHT_RELR section list: an address, then bitmaps of the words behind it."""
    following = 0
    for (entry,) in struct.iter_unpack("<Q", table[: len(table) // _WORD * _WORD]):
        if entry & 1:
            yield from (following + _WORD * bit for bit in range(_PACKED) if entry >> bit + 1 & 1)
            following += _WORD * _PACKED
        else:
            yield entry
            following = entry + _WORD


def _covered(headers: Sequence[Header], kind: int, start: int, end: int) -> bool:
    """Are all addresses in [start, end) in sections of this type?"""
    for header in sorted(headers, key=lambda h: h.address):
        if header.kind == kind and header.flags & SHF_ALLOC and header.address <= start:
            start = max(start, header.address + header.size)
    return start >= end
