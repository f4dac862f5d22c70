"""Functions of a kernel without names, as one without symbols and kallsyms is: what its own tables tell of them.

Bounds are those of ORC, its unwind tables.

Layout: Linux arch/x86/include/asm/orc_types.h (struct orc_entry) and scripts/sorttable.c. `.orc_unwind_ip` holds the
address of each entry, s32 relative to its own place and sorted; `.orc_unwind` entries of six bytes, s16 sp_offset,
s16 bp_offset, and bits of which the lowest four are sp_reg. Names there are none.
"""

import struct
from collections.abc import Iterator

from tdxprove.binary import Section, Symbol

_ADDRESS, _ENTRY = struct.Struct("<i"), struct.Struct("<hhH")
_UNDEFINED, _SP = 0, 5
_AT_ENTRY = 8
"""The caller's RSP less RSP where a function begins: the return address."""

_NOP, _JMP = 0x90, 0xE9
_MASK = (1 << 64) - 1


def functions(places: bytes, address: int, entries: bytes, code: dict[Section, bytes]) -> Iterator[Symbol]:
    """Yield each stretch of code that begins as functions do, up to where nothing is described again; none if damaged.

    Between functions is padding, of which ORC says that it is undefined. Functions without any are found as one. What
    callers may patch stands before a function as bytes of `nop` (CONFIG_FUNCTION_PADDING_BYTES) and is no part of it.

    Args:
        places: contents of `.orc_unwind_ip`.
        address: where they are loaded.
        entries: contents of `.orc_unwind`.
        code: the executable sections and their bytes.
    """
    if len(places) % _ADDRESS.size or len(places) // _ADDRESS.size * _ENTRY.size != len(entries):
        return
    start, described = None, False
    for number, ((distance,), (offset, _, bits)) in enumerate(
        zip(_ADDRESS.iter_unpack(places), _ENTRY.iter_unpack(entries), strict=True)
    ):
        place = (address + _ADDRESS.size * number + distance) & _MASK
        known = bits & 15 != _UNDEFINED
        if start is not None and not known:
            yield from _function(start, place, code)
        if not known or not described:
            start = place if known and bits & 15 == _SP and offset == _AT_ENTRY else None
        described = known


def _function(start: int, end: int, code: dict[Section, bytes]) -> Iterator[Symbol]:
    for section, content in code.items():
        if section.address <= start < end <= section.address + section.size:
            body = content[start - section.address : end - section.address].lstrip(bytes([_NOP]))
            if body:
                yield Symbol(f"sub_{end - len(body):x}", end - len(body), len(body), True)


def return_thunk(sites: bytes, address: int, code: dict[Section, bytes]) -> Symbol | None:
    """Return where the jumps go that `.return_sites` lists, if it is one place: the kernel makes `ret` of all of them.

    Source: Linux arch/x86/kernel/alternative.c, apply_returns; each entry is s32, relative to its own place.

    Args:
        sites: contents of `.return_sites`.
        address: where they are loaded.
        code: the executable sections and their bytes.
    """
    if not sites or len(sites) % _ADDRESS.size:
        return None
    found: set[int] = set()
    for number, (distance,) in enumerate(_ADDRESS.iter_unpack(sites)):
        site = (address + _ADDRESS.size * number + distance) & _MASK
        jump = next(
            (
                bytes(b[site - s.address : site - s.address + 5])
                for s, b in code.items()
                if s.address <= site < s.address + s.size
            ),
            b"",
        )
        if len(jump) < 5 or jump[0] != _JMP:
            return None
        found.add((site + 5 + _ADDRESS.unpack(jump[1:])[0]) & _MASK)
        if len(found) > 1:
            return None
    return Symbol("__x86_return_thunk", found.pop(), 0, True)
