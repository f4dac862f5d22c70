"""Section contents with relocations applied, and the bytes that no relocation settles (psABI AMD64, section 4.4)."""

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from tdxprove.binary import Buffer, rejection
from tdxprove.contents import Contents, Field, settle
from tdxprove.elf import CORRUPT, SHF_ALLOC, SHF_COMPRESSED, SHT_CREL, SHT_NOBITS, SHT_REL, SHT_RELA, Elf, Header
from tdxprove.symtab import SymbolTable

_RELA = struct.Struct("<QQq")
_CHDR = struct.Struct("<IIQQ")
_ELFCOMPRESS_ZLIB = 1
_UNPACKED_LIMIT = 1 << 28
_RELOCATED_LIMIT = 4_000_000
_INSTRUCTION = 16
"""More bytes than any instruction has: a field of it is relative to its end."""

_NONE, _64, _PC32, _PLT32, _GLOB_DAT, _JUMP_SLOT, _RELATIVE = 0, 1, 2, 4, 6, 7, 8
_GOTPCREL, _32, _32S, _PC64, _IRELATIVE, _GOTPCRELX, _REX_GOTPCRELX = 9, 10, 11, 24, 37, 41, 42
_GOT = frozenset({_GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX})
_RELATIVE_TO_PLACE = frozenset({_PC32, _PLT32, _PC64}) | _GOT
# Width in bytes and range of the field; types that are not listed are left unsettled, 8 bytes wide at most.
_FIELDS: dict[int, tuple[int, int, int]] = {
    **dict.fromkeys((_PC32, _PLT32, _32S, *_GOT), (4, -(1 << 31), 1 << 31)),
    _32: (4, 0, 1 << 32),
    _64: (8, -(1 << 63), 1 << 64),
    _PC64: (8, -(1 << 63), 1 << 63),
}
_UNSETTLED_WIDTH = {**dict.fromkeys((12, 13), 2), **dict.fromkeys((14, 15), 1), **dict.fromkeys((19, 20, 21), 4)}
_UNSETTLED_WIDTH |= dict.fromkeys((3, 22, 23, 26, 32, 34), 4)

Relocation = tuple[int, int, int, int]
"""Offset in the section, type, symbol index, addend."""


def collect(elf: Elf, static: SymbolTable, dynamic: SymbolTable) -> dict[int, list[tuple[Header, SymbolTable]]]:
    """Return the relocation sections that apply to each section (by index), after checking their entries.

    In a linked file only the dynamic relocations count, keyed by the section that they fall into; those that the
    linker kept for reference (`--emit-relocs`) are applied already.

    Raises:
        ImageError: a table is malformed, refers outside the file's tables, or is of a kind that x86-64 does not use.
    """
    found: dict[int, list[tuple[Header, SymbolTable]]] = {}
    for header in elf.of_kind(SHT_RELA, SHT_REL, SHT_CREL):
        if not elf.relocatable:
            if header.kind == SHT_RELA and header.flags & SHF_ALLOC:
                for target in _spanned(elf, header, dynamic):
                    found.setdefault(target, []).append((header, dynamic))
            continue
        if not 0 < header.info < len(elf.headers):
            raise rejection(elf.name, f"section {header.name!r} relocates section {header.info} of none", CORRUPT)
        target_header = elf.headers[header.info]
        if not target_header.placed:
            continue
        if header.kind != SHT_RELA or target_header.kind == SHT_NOBITS:
            raise rejection(elf.name, f"section {header.name!r} is no relocation table of x86-64", CORRUPT)
        _check(elf, header, static, target_header.size)
        found.setdefault(header.info, []).append((header, static))
    return found


def _check(elf: Elf, header: Header, symbols: SymbolTable, size: int) -> None:
    if symbols.rows.header is None or header.link != symbols.rows.header.index:
        raise rejection(elf.name, f"section {header.name!r} links to no symbol table", CORRUPT)
    count = len(symbols.rows)
    for offset, info, _ in elf.table(header, _RELA):
        if info >> 32 >= count or offset > size or (offset == size and info & 0xFFFF_FFFF):
            raise rejection(elf.name, f"a relocation of section {header.name!r} lies outside its tables", CORRUPT)


def _spanned(elf: Elf, header: Header, symbols: SymbolTable) -> set[int]:
    sections = sorted((h.address, h.address + h.size, h.index) for h in elf.headers if h.placed and h.size)
    targets = set()
    for offset, info, _ in elf.table(header, _RELA):
        if info == _NONE:  # what the linker had no use for in the end
            continue
        at = bisect_right(sections, (offset, 1 << 65, 0)) - 1
        if info >> 32 >= max(1, len(symbols.rows)) or at < 0 or offset >= sections[at][1]:
            raise rejection(elf.name, f"a relocation of section {header.name!r} lies outside its tables", CORRUPT)
        targets.add(sections[at][2])
    return targets


def relocate(elf: Elf, header: Header, tables: Iterable[tuple[Header, SymbolTable]]) -> Contents:
    """Return a section's contents after its relocations."""
    original = elf.contents(header)
    tables = tuple(tables)
    if not tables or header.kind == SHT_NOBITS:
        return Contents(original)
    return apply(elf, header.address, bytearray(original), tables)


def apply(elf: Elf, address: int, data: bytearray, tables: Iterable[tuple[Header, SymbolTable]]) -> Contents:
    """Apply relocation sections to bytes that are placed at an address; fields outside them are passed over."""
    fields: list[Field] = []
    for table, symbols in tables:
        for place, info, addend in elf.table(table, _RELA):
            offset = place if elf.relocatable else place - address
            if info & 0xFFFF_FFFF == _NONE or not 0 <= offset < len(data):
                continue
            value = _value(elf, symbols, (offset, info & 0xFFFF_FFFF, info >> 32, addend), address)
            width = len(value) if value else _width(info & 0xFFFF_FFFF)
            fields.append((offset, offset + width, value if offset + width <= len(data) else None))
    return settle(data, fields)


Tables = Mapping[int, Iterable[tuple[Header, SymbolTable]]]
"""Relocation sections by the section that they apply to, as `collect` returns them."""


def slots(elf: Elf, dynamic: SymbolTable, tables: Tables) -> dict[int, int]:
    """Return what fields of a linked file hold that its loader fills with addresses of functions of the same file.

    Another module may interpose a definition that is not local; these are what the file itself means.
    """
    found = {}
    for place, kind, index, addend in _linked(elf, tables):
        if kind == _IRELATIVE:
            found[place] = addend % (1 << 64)
        elif kind in (_64, _GLOB_DAT, _JUMP_SLOT) and (target := dynamic.at_load(index)) is not None:
            found[place] = (target + addend) % (1 << 64)
    return found


def resolvers(elf: Elf, tables: Tables) -> set[int]:
    """Return the functions that a loader calls to be told the address of another (R_X86_64_IRELATIVE)."""
    return {addend % (1 << 64) for _, kind, _, addend in _linked(elf, tables) if kind == _IRELATIVE}


def _linked(elf: Elf, tables: Tables) -> Iterator[Relocation]:
    """Yield the relocations that a loader applies to a linked file, by address."""
    headers = {} if elf.relocatable else {h.index: h for found in tables.values() for h, _ in found}
    for header in headers.values():
        for place, info, addend in elf.table(header, _RELA):
            yield place, info & 0xFFFF_FFFF, info >> 32, addend


def debug_section(elf: Elf, symbols: SymbolTable, name: str) -> Buffer | None:
    """Return a debug section, unpacked and relocated; None when it is absent, packed by other than zlib, or too large.

    Debug sections have no addresses; references between them are offsets, which placing each at 0 yields.

    Raises:
        ImageError: its relocation table is malformed.
        zlib.error: its contents are.
    """
    header = next((h for h in elf.headers if h.name == name and not h.flags & SHF_ALLOC), None)
    if header is None:
        return None
    data: bytes | memoryview = elf.contents(header)
    if header.flags & SHF_COMPRESSED:
        if len(data) < _CHDR.size:
            return None
        kind, _, size, _ = _CHDR.unpack_from(data)
        if kind != _ELFCOMPRESS_ZLIB or size > _UNPACKED_LIMIT:
            return None
        data = zlib.decompressobj().decompress(data[_CHDR.size :], size)
    found = [h for h in elf.of_kind(SHT_RELA) if elf.relocatable and h.info == header.index]
    if not found:
        return data
    if sum(table.size for table in found) > _RELOCATED_LIMIT * _RELA.size:
        return None
    for table in found:
        _check(elf, table, symbols, len(data))
    return apply(elf, 0, bytearray(data), [(table, symbols) for table in found]).data


def _width(kind: int) -> int:
    return _FIELDS[kind][0] if kind in _FIELDS else _UNSETTLED_WIDTH.get(kind, 8)


def _value(elf: Elf, symbols: SymbolTable, relocation: Relocation, address: int) -> bytes | None:
    """Return the field's bytes, None when they are settled later or do not fit."""
    offset, kind, index, addend = relocation
    if elf.relocatable:
        base = _static_base(symbols, kind, index)
    else:
        base, kind = _dynamic_base(symbols, kind, index), _64
    if base is None or kind not in _FIELDS:
        return None
    if index in symbols.external and abs(addend) >= symbols.room // 2 - _INSTRUCTION:
        return None  # what lies that far from a symbol of unknown size would be taken for another one's
    value = base + addend - (address + offset if kind in _RELATIVE_TO_PLACE else 0)
    if kind == _32S or kind in _RELATIVE_TO_PLACE:  # modulo 2**64: per-CPU variables of a kernel lie around 0
        value = (value + (1 << 63)) % (1 << 64) - (1 << 63)
    width, low, high = _FIELDS[kind]
    if not low <= value < high:
        return None
    return (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")


def _static_base(symbols: SymbolTable, kind: int, index: int) -> int | None:
    if index in symbols.external and symbols.rows.weak(index) and kind != _PLT32:
        # An undefined weak symbol may be 0 after linking, which code tests for; only a call to it tells nothing.
        return None
    if kind in _GOT:
        return symbols.got_slot(index) if symbols.value(index) is not None else None
    return symbols.value(index)


def _dynamic_base(symbols: SymbolTable, kind: int, index: int) -> int | None:
    if kind == _RELATIVE:
        return 0
    if kind not in (_64, _GLOB_DAT, _JUMP_SLOT) or (index in symbols.external and symbols.rows.weak(index)):
        return None
    # Another module may interpose a definition that is not local.
    return symbols.value(index) if index in symbols.external or symbols.rows.local(index) else None
