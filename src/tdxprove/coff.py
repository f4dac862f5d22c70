"""COFF objects, as compilers and assemblers for Windows and UEFI write them (Microsoft's PE format, "COFF").

The tables are read here: what libraries make of a truncated object is a shorter object.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tdxprove import hidden
from tdxprove.binary import Section, SymbolList, Symbols, no_code, rejection
from tdxprove.coff_header import parse_header
from tdxprove.coff_symbols import CoffSymbols, Entry, listed
from tdxprove.contents import Contents, Field, settle
from tdxprove.flow import loaded_addresses
from tdxprove.loaded import EXTERNAL_BASE, EXTERNAL_LIMIT, EXTERNAL_STEP, IMAGE_BASE, PAGE, Layout, LoadedBinary
from tdxprove.sites import candidates
from tdxprove.unwind import function_ranges

_SECTION = struct.Struct("<8sIIIIIIHHI")
_RELOCATION = struct.Struct("<IIH")
_LINE_SIZE = 6
_CODE, _UNINITIALIZED, _REMOVE, _MORE_RELOCATIONS, _DISCARD = 0x20, 0x80, 0x800, 0x0100_0000, 0x0200_0000
_EXECUTE, _WRITE = 0x2000_0000, 0x8000_0000
_LIMIT = 1 << 31
_CORRUPT = "the file is corrupt, build it again"

_ABSOLUTE, _ADDR64, _ADDR32, _ADDR32NB, _REL32, _REL32_5 = 0, 1, 2, 3, 4, 9
# Width of the field, lowest and first illegal value; types that are not listed are left unsettled.
_SIGNED = (4, -(1 << 31), 1 << 31)
_FIELDS: Final = {
    _ADDR64: (8, 0, 1 << 64),
    _ADDR32: (4, 0, 1 << 32),
    _ADDR32NB: (4, 0, 1 << 32),
    **dict.fromkeys(range(_REL32, _REL32_5 + 1), _SIGNED),
}
_UNSETTLED_WIDTH: Final = {0xA: 2, 0xB: 4, 0xC: 1, 0xE: 4, 0x10: 4}

Header = tuple[Section, int, int, int, int]
"""Where a section is placed, its characteristics, and where its bytes, relocations and their number stand."""


def open_coff(origin: tuple[Path, str | None, str], view: memoryview) -> LoadedBinary:
    """Open a COFF object; `origin` is path, member and name for messages.

    Sections get places of their own from the base address of 64-bit images upwards, undefined symbols below it.

    Raises:
        ImageError: it is cut off, its tables contradict each other, or it holds no code.
    """
    opened = open_member(origin, view)
    if opened is None:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise no_code(origin[2], "no executable section with bytes", advice)
    return opened


def open_member(origin: tuple[Path, str | None, str], view: memoryview) -> LoadedBinary | None:
    """Open a COFF object in an archive; None if it holds no code.

    Raises:
        ImageError: it is cut off, or its tables contradict each other.
    """
    reader = _Reader(origin[2], view)
    return reader.binary(origin) if reader.has_code else None


class _Reader:
    """One object while it is opened."""

    def __init__(self, name: str, view: memoryview) -> None:
        self._name = name
        self._view = view
        self._header = parse_header(name, view)
        self._count = self._header.sections
        self._table = CoffSymbols(name, view, self._header.table, self._header.symbols, self._header.big)
        self._known = [(0, self._header.size), (self._header.table, self._table.end)]
        self._sections = self._placed()
        if sum(end - start for start, end in self._known) > len(view):
            # Each would be copied and relocated by itself: a small file could ask for any memory and time.
            raise rejection(name, "sections that overlap in the file", _CORRUPT)
        self._check_hidden()
        self._externals: dict[int, int] = {}
        self._commons: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._taken: set[int] = set()
        self._allocate()

    @property
    def has_code(self) -> bool:
        """Whether there are bytes in an executable section."""
        return any(section.executable and section.size for section, *_ in self._sections.values())

    def binary(self, origin: tuple[Path, str | None, str]) -> LoadedBinary:
        """Apply the relocations and leave the rest for when it is asked for."""
        parts = [(header[0], self._contents(header)) for header in self._sections.values()]
        if self._common is not None:
            parts.append((self._common, Contents(b"")))
        defined = {entry.name for entry in self._table.entries.values() if entry.external and entry.section > 0}
        return LoadedBinary(origin, Layout(parts), self._symbols, self._names, relocatable=True,
                            defined=defined | self._commons.keys())  # fmt: skip

    def _check_hidden(self) -> None:
        """Refuse TDX instructions in bytes of no section, and those of functions that do not stand in code."""
        at = hidden.outside(self._view, self._known)
        if at is not None:
            reason = f"the bytes of a TDX instruction at byte {at:#x} belong to no section"
            raise rejection(self._name, reason, _CORRUPT)
        for entry in self._table.entries.values():
            header = self._sections.get(entry.section)
            if header is None or not entry.function or header[0].executable or header[1] & _UNINITIALIZED:
                continue
            start, end = header[2] + entry.value, header[2] + header[0].size
            if next(candidates(self._view[start:end]), None) is not None:
                reason = f"function {entry.name!r} holds a TDX instruction, and section {header[0].name!r} no code"
                raise rejection(self._name, reason, _CORRUPT)

    def _within(self, offset: int, size: int, what: str) -> memoryview:
        if offset + size > len(self._view):
            reason = f"truncated: {what} ends at byte {offset + size} of a file of {len(self._view)}"
            raise rejection(self._name, reason, "copy or build the file again")
        return self._view[offset : offset + size]

    def _placed(self) -> dict[int, Header]:
        """Sections that occupy addresses, by their number, each on pages of its own."""
        start = self._header.start
        table = self._within(start, self._count * _SECTION.size, "the section table")
        self._known.append((start, start + self._count * _SECTION.size))
        cursor, found = IMAGE_BASE + PAGE, dict[int, Header]()
        for number, row in enumerate(_SECTION.iter_unpack(table), 1):
            text, _, _, size, offset, relocations, lines, count, line_count, flags = row
            short = text.rstrip(b"\0")
            name = self._table.text(short[1:]) if short[:1] == b"/" else short.decode("utf-8", "backslashreplace")
            if not flags & _UNINITIALIZED:
                self._within(offset, size, f"section {name!r}")
                self._known.append((offset, offset + size))
            self._known.append((relocations, relocations + _RELOCATION.size * count))
            self._known.append((lines, lines + _LINE_SIZE * line_count))
            # Code that may be thrown away once it has run, as a driver's INIT section, runs all the same.
            if flags & _REMOVE or (flags & _DISCARD and not flags & (_EXECUTE | _CODE)):
                continue
            align = 1 << max(0, (flags >> 20 & 15) - 1)
            cursor = (cursor + max(align, PAGE) - 1) & -max(align, PAGE)
            section = Section(name, cursor, size, bool(flags & (_EXECUTE | _CODE)), bool(flags & _WRITE))
            found[number] = (section, flags, offset, relocations, count)
            # The unused page keeps the end of one section from being the start of the next.
            cursor += size + PAGE
            if cursor - IMAGE_BASE > _LIMIT:
                raise rejection(self._name, f"section {name!r} does not fit into 2 GiB with the others", _CORRUPT)
        self._end = (cursor + PAGE - 1) & -PAGE
        return found

    def _allocate(self) -> None:
        """Give undefined and common symbols addresses of their own."""
        cursor = self._end
        for index, entry in self._table.entries.items():
            if not entry.external:
                continue
            if entry.section == 0 and entry.value and not entry.weak:
                cursor = (cursor + 15) & -16
                self._commons[entry.name] = self._externals[index] = cursor
                cursor += entry.value
            elif entry.section == 0:
                self._externals[index] = EXTERNAL_BASE + EXTERNAL_STEP * len(self._names)
                self._names[self._externals[index]] = entry.name
            elif entry.section > self._count or (
                (section := self._sections.get(entry.section)) and (entry.value > section[0].size)
            ):
                raise rejection(self._name, f"symbol {entry.name!r} lies outside the sections", _CORRUPT)
        if len(self._names) > EXTERNAL_LIMIT or cursor - IMAGE_BASE > _LIMIT:
            raise rejection(self._name, "more symbols than fit into 2 GiB with the sections", _CORRUPT)
        size = cursor - self._end
        self._common = Section("COMMON", self._end, size, executable=False, writable=True) if size else None

    def _contents(self, header: Header) -> Contents:
        section, flags, offset, _, _ = header
        if flags & _UNINITIALIZED:
            return Contents(b"")
        data = bytearray(self._view[offset : offset + section.size])
        return settle(data, list(self._fields(header, bytes(data))))

    def _fields(self, header: Header, data: bytes) -> Iterator[Field]:
        section, flags, _, start, count = header
        if flags & _MORE_RELOCATIONS and count == 0xFFFF:
            count = _RELOCATION.unpack(self._within(start, _RELOCATION.size, "the relocation table"))[0]
        table = self._within(start, count * _RELOCATION.size, f"the relocations of section {section.name!r}")
        rows = list(_RELOCATION.iter_unpack(table))
        for at, index, kind in rows[1:] if flags & _MORE_RELOCATIONS else rows:
            if index not in self._table.entries:
                raise rejection(self._name, f"a relocation of section {section.name!r} names no symbol", _CORRUPT)
            if kind == _ABSOLUTE:
                continue
            width = _FIELDS[kind][0] if kind in _FIELDS else _UNSETTLED_WIDTH.get(kind, 8)
            if at + width > len(data) and kind in _FIELDS:
                reason = f"a relocation of section {section.name!r} lies outside it"
                raise rejection(self._name, reason, _CORRUPT)
            target = self._target(index, kind, data[at : at + width])
            if target is not None and not _unwinds(section) and (kind < _REL32 or not section.executable):
                self._taken.add(target)
            yield at, at + width, None if target is None else self._value(section.address + at, target, kind)

    def _target(self, index: int, kind: int, field: bytes) -> int | None:
        """Return the address that a field speaks of, None when that is settled later."""
        base = self._address(index, self._table.entries[index])
        return None if base is None or kind not in _FIELDS else base + int.from_bytes(field, "little", signed=True)

    def _value(self, place: int, value: int, kind: int) -> bytes | None:
        """Return the bytes of a field that speaks of an address, None when it does not fit."""
        width, low, high = _FIELDS[kind]
        if kind == _ADDR32NB:
            value -= IMAGE_BASE
        elif kind >= _REL32:
            value -= place + 4 + kind - _REL32
        return value.to_bytes(width, "little", signed=low < 0) if low <= value < high else None

    def _address(self, index: int, entry: Entry) -> int | None:
        """Return a symbol's address, None when a linker may choose another one or there is none to know."""
        if index in self._externals:
            # The default of a weak one may be taken instead.
            return None if entry.weak else self._externals[index]
        if entry.section == -1:
            return entry.value & ((1 << 64) - 1)
        header = self._sections.get(entry.section)
        return None if header is None else header[0].address + entry.value

    def _symbols(self, layout: Layout) -> Symbols:
        ends: dict[int, int] = {}
        for section in layout.sections:
            if _unwinds(section):
                ends |= function_ranges(layout, IMAGE_BASE, section.address, section.size)
        sections: Mapping[int, Section] = {number: header[0] for number, header in self._sections.items()}
        code = [section for section in layout.sections if section.executable]
        # Assemblers leave no relocation for a place in the same section.
        taken = self._taken.union(*(loaded_addresses(layout.code(section), section.address) for section in code))
        found = listed(list(self._table.entries.values()), sections, ends, self._commons, taken)
        return SymbolList(found, layout.sections)


def _unwinds(section: Section) -> bool:
    """Whether these are the bounds of functions for unwinding, which take the address of each, and of its end."""
    return section.name.partition("$")[0] == ".pdata"
