"""The rows of an ELF symbol table as they stand in the file, by index (gABI, "Symbol Table")."""

import struct
from collections.abc import Iterator
from functools import cached_property

from tdxprove.binary import rejection
from tdxprove.elf import (
    CORRUPT,
    SHN_LORESERVE,
    SHN_UNDEF,
    SHN_XINDEX,
    SHT_NOBITS,
    SHT_STRTAB,
    SHT_SYMTAB_SHNDX,
    Elf,
    Header,
)
from tdxprove.sites import candidates

LOCAL, GLOBAL, WEAK = 0, 1, 2
NOTYPE, FUNC, SECTION, FILE, TLS, IFUNC = 0, 2, 3, 4, 6, 10
_CODE = frozenset({FUNC, IFUNC})
_SYM = struct.Struct("<IBBHQQ")
_WORD = struct.Struct("<I")


class SymbolRows:
    """What the file says of each symbol; `values` are the rows: name, info, other, section, value, size."""

    def __init__(self, elf: Elf, header: Header | None) -> None:
        """Read a table; None stands for a file without symbols.

        Raises:
            ImageError: an entry refers outside the file's tables.
        """
        self._elf = elf
        self.header = header
        self.values: list[tuple[int, ...]] = []
        self._strings = b"\0"
        self._extended: dict[int, int] = {}
        if header is not None:
            self._read(header)
            self._check()

    def __len__(self) -> int:
        return len(self.values)

    def _read(self, header: Header) -> None:
        elf = self._elf
        self.values = list(elf.table(header, _SYM))
        self._strings = bytes(elf.contents(elf.linked(header, SHT_STRTAB, "string table")))
        for extension in elf.of_kind(SHT_SYMTAB_SHNDX):
            if extension.link == header.index:
                self._extended = {i: row[0] for i, row in enumerate(elf.table(extension, _WORD)) if row[0]}

    def _check(self) -> None:
        elf = self._elf
        names = max((row[0] for row in self.values), default=0)
        if not self._strings.endswith(b"\0") or names >= len(self._strings):
            raise rejection(elf.name, "a symbol's name lies outside the string table", CORRUPT)
        sections = {row[3] for row in self.values}
        plain = SHN_XINDEX not in sections and all(s >= SHN_LORESERVE or s < len(elf.headers) for s in sections)
        if plain and not elf.relocatable:
            return  # nothing is left to check symbol by symbol
        for index, row in enumerate(self.values):
            section = row[3]
            if section == SHN_XINDEX:
                section = self._extended.get(index, len(elf.headers))
            elif section >= SHN_LORESERVE:
                continue
            if section >= len(elf.headers):
                raise rejection(elf.name, f"symbol {index} lies in section {section} of none", CORRUPT)
            if elf.relocatable and section and row[4] > elf.headers[section].size:
                raise rejection(elf.name, f"symbol {self.name(index)!r} lies outside its section", CORRUPT)
            if row[1] & 15 in _CODE and section:
                self._check_function(index, elf.headers[section])

    def _check_function(self, index: int, section: Header) -> None:
        """Check that the section of a function is as long as it and, where it holds a TDX instruction, one of code."""
        elf, row = self._elf, self.values[index]
        start = row[4] - (0 if elf.relocatable else section.address)
        if not 0 <= start <= start + row[5] <= section.size:
            raise rejection(elf.name, f"function {self.name(index)!r} reaches out of section {section.name!r}", CORRUPT)
        if section.executable and section.kind != SHT_NOBITS:
            return
        content = elf.contents(section)[start : start + row[5] if row[5] else None]
        if next(candidates(content), None) is not None:
            reason = f"function {self.name(index)!r} holds a TDX instruction, and section {section.name!r} no code"
            raise rejection(elf.name, reason, CORRUPT)

    def name(self, index: int) -> str:
        """Return the name of a symbol (that of its section for an unnamed section symbol)."""
        row = self.values[index]
        start = row[0]
        if not start and row[1] & 15 == SECTION and (section := self.section(index)):
            return section.name
        return self._strings[start : self._strings.index(b"\0", start)].decode("utf-8", "backslashreplace")

    @cached_property
    def _at(self) -> dict[int, list[int]]:
        """The symbols by where their names stand: few of very many names are asked for, and decoded."""
        found: dict[int, list[int]] = {}
        for index, row in enumerate(self.values):
            found.setdefault(row[0], []).append(index)
        return found

    def named(self, name: str) -> Iterator[int]:
        """Yield the symbols of that name."""
        wanted = name.encode("utf-8", "surrogateescape") + b"\0"
        at = self._strings.find(wanted)
        while at >= 0:
            yield from self._at.get(at, ())
            at = self._strings.find(wanted, at + 1)

    def section_index(self, index: int) -> int:
        """Return the number of the section that a symbol is defined in, or a reserved one."""
        section = self.values[index][3]
        return self._extended[index] if section == SHN_XINDEX else section

    def section(self, index: int) -> Header | None:
        """Return the section that a symbol is defined in, None for undefined, absolute and common ones."""
        section = self.values[index][3]
        if section == SHN_XINDEX:
            section = self._extended[index]
        elif section >= SHN_LORESERVE:
            return None
        return self._elf.headers[section] if section else None

    def size(self, index: int) -> int:
        """Return the stated size, 0 where there is none."""
        return self.values[index][5]

    def weak(self, index: int) -> bool:
        """Return whether the symbol is weak: undefined, it may become 0 at link time."""
        return self.values[index][1] >> 4 == WEAK

    def local(self, index: int) -> bool:
        """Return whether the symbol is local, so that nothing outside the file replaces it."""
        return self.values[index][1] >> 4 == LOCAL

    @cached_property
    def undefined(self) -> dict[int, str]:
        """The undefined symbols: index and name."""
        return {i: self.name(i) for i, row in enumerate(self.values) if row[3] == SHN_UNDEF and i}

    @cached_property
    def weak_definitions(self) -> dict[int, str]:
        """Definitions that give way to another file's: index and name."""
        return {i: self.name(i) for i, row in enumerate(self.values) if row[1] >> 4 == WEAK and row[3] != SHN_UNDEF}

    @cached_property
    def chosen(self) -> dict[int, str]:
        """Functions of a relocatable file whose code is chosen at load time: they count as outside the file."""
        rows = enumerate(self.values) if self._elf.relocatable else ()
        return {i: self.name(i) for i, row in rows if row[1] & 15 == IFUNC and row[3] != SHN_UNDEF}

    def shared_names(self) -> Iterator[str]:
        """Yield the names of all definitions that are not local, common and weak ones too."""
        for index, row in enumerate(self.values):
            if index and row[1] >> 4 != LOCAL and row[3] != SHN_UNDEF:
                yield self.name(index)
