"""PE32+ images: EFI applications and drivers, .dll, .exe (Microsoft's PE format; UEFI specification, 2.1.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pefile

from tdxprove import hidden
from tdxprove.binary import Section, Symbol, SymbolList, Symbols, rejection
from tdxprove.coff_symbols import CoffSymbols, listed
from tdxprove.contents import Contents, Field, settle
from tdxprove.discover import discover
from tdxprove.foreign import MACHINES
from tdxprove.loaded import EXTERNAL_BASE, EXTERNAL_LIMIT, EXTERNAL_STEP, IMAGE_BASE, Layout, LoadedBinary
from tdxprove.unwind import function_ranges

CODE, UNINITIALIZED, EXECUTE, WRITE = 0x20, 0x80, 0x2000_0000, 0x8000_0000
AMD64 = 0x8664

_LOWEST_BASE = 1 << 20
"""Below, addresses of an image could not be told from other numbers. EDK II links what it loads anywhere at 0."""
_PE32_PLUS = 0x20B
_EFI = range(10, 14)
_ABSOLUTE, _HIGHLOW, _DIR64 = 0, 3, 10
_RELOCS_STRIPPED = 1
_SECTION_HEADER = 40
_WRITE = pefile.SECTION_CHARACTERISTICS["IMAGE_SCN_MEM_WRITE"]
_HEADERS = 0x1000
"""Bytes in which the headers of a PE file are that begins with a boot sector."""
_BLOCK = struct.Struct("<II")
_CORRUPT = "the file is corrupt, build it again"
_REBUILD = "copy or build the file again"


def open_pe(origin: tuple[Path, str | None, str], view: memoryview | bytes) -> LoadedBinary:
    """Open a PE32+ image; `origin` is path, member and name for messages.

    Raises:
        ImageError: it is no complete PE32+ image for x86-64, or its tables contradict each other.
    """
    return _Reader(origin[2], bytes(view)).binary(origin)


class _Reader:
    """One image while it is opened."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._data = data
        self._pe = self._parse()
        header = self._pe.OPTIONAL_HEADER
        stripped = self._pe.FILE_HEADER.Characteristics & _RELOCS_STRIPPED
        self._shift = 0 if header.ImageBase >= _LOWEST_BASE or stripped else IMAGE_BASE
        self._base = header.ImageBase + self._shift
        if self._base + header.SizeOfImage >= 1 << 47:
            raise rejection(name, f"image base {header.ImageBase:#x} is no canonical address", _CORRUPT)
        self._imports: dict[int, str] = {}
        self._fields: list[Field] = []
        self._pointers: list[int] = []

    def _parse(self) -> Any:
        try:
            pe = pefile.PE(data=self._data, fast_load=True)
            machine = pe.FILE_HEADER.Machine
            if machine != AMD64:
                built = MACHINES.get(machine, f"machine {machine:#x}")
                raise rejection(self._name, f"PE image built for {built}, not for x86-64", "pass an x86-64 file")
            if pe.OPTIONAL_HEADER.Magic != _PE32_PLUS:
                raise rejection(self._name, "not a PE32+ image", "pass an x86-64 file")
            known = len(pe.get_warnings())
            if pe.OPTIONAL_HEADER.Subsystem not in _EFI:  # which neither export nor import
                wanted = ("IMAGE_DIRECTORY_ENTRY_EXPORT", "IMAGE_DIRECTORY_ENTRY_IMPORT")
                pe.parse_data_directories([pefile.DIRECTORY_ENTRY[name] for name in wanted])
        except (pefile.PEFormatError, AttributeError, struct.error, ValueError) as error:
            reason = error.value if isinstance(error, pefile.PEFormatError) else error
            raise rejection(self._name, f"damaged PE image: {str(reason).rstrip('.')}", _REBUILD) from error
        headers = pe.FILE_HEADER.NumberOfSections
        start = pe.OPTIONAL_HEADER.get_file_offset() + pe.FILE_HEADER.SizeOfOptionalHeader
        if len(pe.sections) != headers or start + 40 * headers > len(self._data):
            raise rejection(self._name, "truncated in the section table of the PE image", _REBUILD)
        # The library reads what it can of a damaged table: half of it would be taken for the whole.
        if doubts := pe.get_warnings()[known:]:
            raise rejection(self._name, f"damaged PE image: {doubts[0].strip()}", _REBUILD)
        return pe

    def binary(self, origin: tuple[Path, str | None, str]) -> LoadedBinary:
        """Check the tables, lay the image out and leave its functions for when they are asked for."""
        sections = [self._section(header) for header in self._pe.sections]
        if any(section.name == ".linux" for section in sections):  # UAPI Group, "Unified Kernel Image"
            advice = "pass the kernel in it (objcopy -O binary --only-section=.linux --set-section-flags .linux=alloc)"
            raise rejection(self._name, "a unified kernel image", advice)
        for low, high in pairwise(sorted(sections, key=lambda s: (s.address, s.size))):
            if low.address + low.size > high.address:
                raise rejection(self._name, f"sections {low.name!r} and {high.name!r} overlap", _CORRUPT)
        raw = [self._raw(header) for header in self._pe.sections]
        self._check_hidden(raw)
        self._fields = [
            *self._relocated(Layout(list(zip(sections, map(Contents, raw), strict=True)))),
            *self._imported(),
        ]
        layout = Layout([(s, self._settled(s, data)) for s, data in zip(sections, raw, strict=True)])
        table = self._coff_symbols(sections)
        return LoadedBinary(origin, layout, lambda loaded: self._symbols(loaded, table), self._imports,
                            shift=self._shift)  # fmt: skip

    def _section(self, header: Any) -> Section:
        name = header.Name.rstrip(b"\0").decode("utf-8", "backslashreplace")
        size = header.Misc_VirtualSize or header.SizeOfRawData
        flags = header.Characteristics
        if header.VirtualAddress + size > (self._pe.OPTIONAL_HEADER.SizeOfImage + 0xFFF) & ~0xFFF:
            raise rejection(self._name, f"section {name!r} exceeds the size of the image", _CORRUPT)
        return Section(name, self._base + header.VirtualAddress, size, bool(flags & (EXECUTE | CODE)),
                       bool(flags & WRITE))  # fmt: skip

    def _raw(self, header: Any) -> bytes:
        start, size = header.PointerToRawData, header.SizeOfRawData
        if not size or (header.Characteristics & UNINITIALIZED and not start):
            return b""
        optional = self._pe.OPTIONAL_HEADER
        flat = optional.Subsystem in _EFI or optional.FileAlignment == optional.SectionAlignment
        if start % 0x200 and not flat:
            raise rejection(self._name, f"a section starts at byte {start:#x}, which Windows rounds down", _CORRUPT)
        if start + size > len(self._data):
            reason = f"truncated: a section ends at byte {start + size} of a file of {len(self._data)}"
            raise rejection(self._name, reason, _REBUILD)
        return self._data[start : start + min(size, header.Misc_VirtualSize or size)]

    def _check_hidden(self, raw: Sequence[bytes]) -> None:
        """Refuse TDX instructions in bytes of no section."""
        optional = self._pe.OPTIONAL_HEADER.get_file_offset() + self._pe.FILE_HEADER.SizeOfOptionalHeader
        known = [(0, optional + _SECTION_HEADER * len(raw))]
        starts = (header.PointerToRawData for header in self._pe.sections)
        known += [(start, start + len(data)) for start, data in zip(starts, raw, strict=True)]
        at = hidden.outside(memoryview(self._data), known)
        if at is not None:
            reason = f"the bytes of a TDX instruction at byte {at:#x} belong to no section"
            raise rejection(self._name, reason, _CORRUPT)

    def _directory(self, index: int) -> tuple[int, int]:
        """Offset in the image and size of a table that the header names, 0 for one that is not there."""
        directory = self._pe.OPTIONAL_HEADER.DATA_DIRECTORY
        return (directory[index].VirtualAddress, directory[index].Size) if index < len(directory) else (0, 0)

    def _relocations(self, linked: Layout) -> Iterator[tuple[int, int]]:
        """Yield type and offset in the image of each base relocation."""
        start, size = self._directory(5)
        table = linked.read(self._base + start, size) if size < len(self._data) else None
        if table is None:
            raise rejection(self._name, "the base relocations lie outside the sections", _CORRUPT)
        position = 0
        while position + _BLOCK.size <= len(table):
            page, size = _BLOCK.unpack_from(table, position)
            if size == 0 and not table[position:].strip(b"\0"):
                break
            if size < _BLOCK.size or size & 1 or position + size > len(table):
                raise rejection(self._name, f"a block of base relocations of {size} bytes", _CORRUPT)
            for (entry,) in struct.iter_unpack("<H", table[position + _BLOCK.size : position + size]):
                yield entry >> 12, page + (entry & 0xFFF)
            position = (position + size + 3) & ~3

    def _relocated(self, linked: Layout) -> Iterator[Field]:
        """What the base relocations write when the image is not loaded where it was linked."""
        for kind, offset in self._relocations(linked):
            address = self._base + offset
            if kind == _ABSOLUTE:
                continue
            width = {_DIR64: 8, _HIGHLOW: 4}.get(kind, 0)
            field = linked.read(address, width)
            if field is None or offset + width > self._pe.OPTIONAL_HEADER.SizeOfImage:
                raise rejection(self._name, f"a base relocation at {offset:#x} is outside the sections", _CORRUPT)
            value = int.from_bytes(field, "little") + self._shift
            self._pointers.append(value)
            known = width and value < 1 << 8 * width
            yield address, address + (width or 8), value.to_bytes(width, "little") if known else None

    def _imported(self) -> Iterator[Field]:
        """Slots of the import address table, each with an address of its own for the function behind it."""
        for library in getattr(self._pe, "DIRECTORY_ENTRY_IMPORT", ()):
            for entry in library.imports:
                if entry.address is None or len(self._imports) >= EXTERNAL_LIMIT:
                    raise rejection(self._name, "an import without a place", _CORRUPT)
                external = EXTERNAL_BASE + EXTERNAL_STEP * len(self._imports)
                name = entry.name or b"%s.%d" % (library.dll, entry.ordinal or 0)
                self._imports[external] = name.decode("utf-8", "backslashreplace")
                slot = entry.address + self._shift
                yield slot, slot + 8, external.to_bytes(8, "little")

    def _settled(self, section: Section, data: bytes) -> Contents:
        low, high = section.address, section.address + len(data)
        inside = [
            (start - low, stop - low, value) for start, stop, value in self._fields if low <= start and stop <= high
        ]
        return settle(bytearray(data), inside)

    def _coff_symbols(self, sections: list[Section]) -> list[Symbol]:
        header = self._pe.FILE_HEADER
        if not header.PointerToSymbolTable or not header.NumberOfSymbols:
            return []
        table = CoffSymbols(self._name, memoryview(self._data), header.PointerToSymbolTable, header.NumberOfSymbols)
        return listed(list(table.entries.values()), dict(enumerate(sections, 1)), {}, {})

    def _symbols(self, layout: Layout, table: list[Symbol]) -> Symbols:
        """Symbols of the file if it has any, else its exports and the functions that are found in its code."""
        if table:
            return SymbolList(table, layout.sections)
        start, size = self._directory(3)
        ends = function_ranges(layout, self._base, self._base + start, size) if size <= len(self._data) else {}
        if entry := self._pe.OPTIONAL_HEADER.AddressOfEntryPoint:
            ends.setdefault(self._base + entry, 0)
        return discover(
            layout.sections, layout.code, list(self._exported(layout, ends)), ends, self._pointers, self._shift
        )

    def _exported(self, layout: Layout, ends: Mapping[int, int]) -> Iterator[Symbol]:
        code = [section for section in layout.sections if section.executable]
        exports = getattr(self._pe, "DIRECTORY_ENTRY_EXPORT", None)
        for export in exports.symbols if exports else ():
            if export.name and not export.forwarder:
                address = self._base + export.address
                function = any(section.address <= address < section.address + section.size for section in code)
                size = max(0, ends.get(address, 0) - address)
                yield Symbol(export.name.decode("utf-8", "backslashreplace"), address, size, function)


def written_sections(view: memoryview) -> Iterator[tuple[int, int, int]]:
    """Yield where sections that may be written begin and end in a file, and their sizes in memory; none if it is no PE.

    Only those that are loaded to where they are in the file: of a kernel image, addresses are offsets.
    """
    if bytes(view[:2]) != b"MZ":
        return
    try:
        sections = pefile.PE(data=bytes(view[:_HEADERS]), fast_load=True).sections
    except (pefile.PEFormatError, AttributeError, struct.error, ValueError):
        return
    for section in sections:
        at, size = section.PointerToRawData, section.SizeOfRawData
        if section.Characteristics & _WRITE and at == section.VirtualAddress:
            yield at, at + size, max(size, section.Misc_VirtualSize)
