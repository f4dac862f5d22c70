"""The symbol table of an ELF file: values at load, names and lookups on demand."""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from tdxprove.binary import Symbol, rejection
from tdxprove.elf import (
    EXTERNAL_BASE,
    GOT_BASE,
    LINKED_EXTERNAL_BASE,
    SECTION_LIMIT,
    SHN_ABS,
    SHN_COMMON,
    SHN_LORESERVE,
    SHN_UNDEF,
    SHN_XINDEX,
    SHT_STRTAB,
    SHT_SYMTAB_SHNDX,
    Elf,
    Header,
)
from tdxprove.externals import Externals, Linkage

_SYM = struct.Struct("<IBBHQQ")
_WORD = struct.Struct("<I")
_NOTYPE, _FUNC, _SECTION, _FILE, _TLS, _IFUNC = 0, 2, 3, 4, 6, 10
_UNADDRESSED = frozenset({_SECTION, _FILE, _TLS})
_LOCAL, _GLOBAL, _WEAK = 0, 1, 2
_CORRUPT = "the file is corrupt, build it again"
_GOT_STEP = 8


_FUNCTION_KINDS = frozenset(
    {_FUNC, _IFUNC, *(_NOTYPE | binding << 4 for binding in (_GLOBAL, _WEAK))}
    | {kind | binding << 4 for kind in (_FUNC, _IFUNC) for binding in range(16)}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a relocatable file defines for others.

    Args:
        name: of the symbol.
        address: where it is; None for what has no address that this package could name (thread-local, IFUNC).
        moves: it lies in a section, so that its address is that of a place and no number.
    """

    name: str
    address: int | None
    moves: bool


@dataclass(frozen=True, slots=True)
class Common:
    """A variable that a linker makes as large, and aligns as far, as any file asks (gABI, "Symbol Table", SHN_COMMON).

    `address` is None for what has none that this package could name (thread-local).
    """

    name: str
    address: int | None
    size: int
    align: int


class SymbolTable:
    """Symbols by index, as relocations name them, and by name and address, as people do."""

    def __init__(self, elf: Elf, header: Header | None, linkage: Linkage | None = None) -> None:
        """Read a table; None stands for a file without symbols. `linkage` makes it the table of a part of a program.

        Raises:
            ImageError: an entry refers outside the file's tables.
        """
        self._elf = elf
        self._rows: list[tuple[int, ...]] = []
        self._strings = b"\0"
        self._found: dict[str, Symbol | None] = {}
        self._extended: dict[int, int] = {}
        self.header = header
        self.common: dict[int, int] = {}
        self.external: dict[int, int] = {}
        self._resolved: dict[int, int] = {}
        if header is not None:
            self._read(header)
        if linkage is None:
            base = EXTERNAL_BASE if elf.relocatable else LINKED_EXTERNAL_BASE
            names = [*self.undefined.values(), *self.chosen.values()]
            linkage = Linkage(GOT_BASE, {}, Externals(elf.name, names, base))
        self._linkage = linkage
        self.end = self._allocate()

    def __len__(self) -> int:
        return len(self._rows)

    def _read(self, header: Header) -> None:
        elf = self._elf
        self._rows = list(elf.table(header, _SYM))
        self._strings = bytes(elf.contents(elf.linked(header, SHT_STRTAB, "string table")))
        for extension in elf.of_kind(SHT_SYMTAB_SHNDX):
            if extension.link == header.index:
                self._extended = {i: row[0] for i, row in enumerate(elf.table(extension, _WORD)) if row[0]}
        names = max((row[0] for row in self._rows), default=0)
        if not self._strings.endswith(b"\0") or names >= len(self._strings):
            raise rejection(elf.name, "a symbol's name lies outside the string table", _CORRUPT)
        for index, row in enumerate(self._rows):
            section = row[3]
            if section == SHN_XINDEX:
                section = self._extended.get(index, len(elf.headers))
            elif section >= SHN_LORESERVE:
                continue
            if section >= len(elf.headers):
                raise rejection(elf.name, f"symbol {index} lies in section {section} of none", _CORRUPT)
            if elf.relocatable and section and row[4] > elf.headers[section].size:
                raise rejection(elf.name, f"symbol {self.name(index)!r} lies outside its section", _CORRUPT)

    def _allocate(self) -> int:
        """Give undefined and common symbols addresses of their own; return the end of the common area."""
        elf, linkage = self._elf, self._linkage
        cursor = elf.end
        for index, name in (self.undefined | self.weak_definitions).items():
            if name in linkage.defined:
                self._resolved[index] = linkage.defined[name]
            elif name in linkage.externals.addresses:
                self.external[index] = linkage.externals.addresses[name]
        self.external |= {index: linkage.externals.addresses[name] for index, name in self.chosen.items()}
        for index, row in enumerate(self._rows) if elf.relocatable else ():
            if row[3] == SHN_COMMON:
                align = max(1, row[4])
                if align & (align - 1):
                    raise rejection(elf.name, f"common symbol {self.name(index)!r} has alignment {align}", _CORRUPT)
                cursor = (cursor + align - 1) & -align
                # The room is kept where another file has the variable: where the others lie is settled by then.
                self._place_common(index, cursor)
                cursor += row[5]
        if elf.relocatable and cursor > SECTION_LIMIT:
            raise rejection(elf.name, "more symbols than fit into 2 GiB with the sections", _CORRUPT)
        return cursor

    def _place_common(self, index: int, address: int) -> None:
        elsewhere = self._linkage.defined.get(self.name(index), address)
        if elsewhere != address and not self.local(index):
            self._resolved[index] = elsewhere
        else:
            self.common[index] = address

    def name(self, index: int) -> str:
        """Return the name of a symbol (that of its section for an unnamed section symbol)."""
        row = self._rows[index]
        start = row[0]
        if not start and row[1] & 15 == _SECTION and (section := self.section(index)):
            return section.name
        return self._strings[start : self._strings.index(b"\0", start)].decode("utf-8", "backslashreplace")

    def section(self, index: int) -> Header | None:
        """Return the section that a symbol is defined in, None for undefined, absolute and common ones."""
        section = self._rows[index][3]
        if section == SHN_XINDEX:
            section = self._extended[index]
        elif section >= SHN_LORESERVE:
            return None
        return self._elf.headers[section] if section else None

    def weak(self, index: int) -> bool:
        """Return whether the symbol is weak: undefined, it may become 0 at link time."""
        return self._rows[index][1] >> 4 == _WEAK

    def local(self, index: int) -> bool:
        """Return whether the symbol is local, so that nothing outside the file replaces it."""
        return self._rows[index][1] >> 4 == _LOCAL

    def value(self, index: int) -> int | None:
        """Return a symbol's address, None when it has none that this package could name."""
        if not index:
            return 0
        row = self._rows[index]
        if row[1] & 15 == _IFUNC:
            return self.external.get(index)
        if row[1] & 15 == _TLS:
            return None
        if index in self._resolved:
            return self._resolved[index]
        if index in self.external:
            return self.external[index]
        known = index in self.common or row[3] == SHN_ABS or self.section(index) is not None
        return self._address(index) if known else None

    def got_slot(self, index: int) -> int:
        """Return the synthetic address of a symbol's slot in the global offset table."""
        return self._linkage.got + _GOT_STEP * index

    def got_symbol(self, address: int) -> int | None:
        """Return the symbol whose slot contains the address."""
        index = (address - self._linkage.got) // _GOT_STEP
        return index if self._elf.relocatable and 0 < index < len(self._rows) else None

    @property
    def room(self) -> int:
        """Bytes around the address of an undefined symbol, half of them before it, that belong to no other."""
        return self._linkage.externals.room

    def external_around(self, address: int) -> tuple[str, int] | None:
        """Return the undefined symbol to which a synthetic address belongs, and the distance from it."""
        return self._linkage.externals.around(address)

    def referred(self, name: str) -> int | None:
        """Return the address that relocations give to a name which this file leaves open, None for any other name."""
        return self._referred.get(name)

    @cached_property
    def _referred(self) -> dict[str, int]:
        return {self.name(index): address for index, address in (self.external | self._resolved).items()}

    @cached_property
    def undefined(self) -> dict[int, str]:
        """The undefined symbols: index and name."""
        return {i: self.name(i) for i, row in enumerate(self._rows) if row[3] == SHN_UNDEF and i}

    @cached_property
    def weak_definitions(self) -> dict[int, str]:
        """Definitions that give way to another file's: index and name."""
        rows = enumerate(self._rows)
        return {i: self.name(i) for i, row in rows if row[1] >> 4 == _WEAK and row[3] != SHN_UNDEF}

    @cached_property
    def chosen(self) -> dict[int, str]:
        """Functions of a relocatable file whose code is chosen at load time: they count as outside the file."""
        rows = enumerate(self._rows) if self._elf.relocatable else ()
        return {i: self.name(i) for i, row in rows if row[1] & 15 == _IFUNC and row[3] != SHN_UNDEF}

    def indirect(self) -> Iterator[tuple[int, int]]:
        """Yield the address that calls lead to of each function that is chosen at load time, and its resolver's."""
        for index, row in enumerate(self._rows):
            if row[1] & 15 == _IFUNC and row[3] != SHN_UNDEF:
                yield self.external.get(index, self._address(index)), self._address(index)

    def at_load(self, index: int) -> int | None:
        """Return the address of a definition of a linked file, of the resolver of what is chosen at load time."""
        return self._address(index) if self._rows[index][3] not in (SHN_UNDEF, SHN_ABS) else None

    @property
    def common_align(self) -> int:
        """The greatest alignment of a common symbol in bytes."""
        return max((self._rows[index][4] for index in self.common), default=1)

    def definitions(self) -> Iterator[Definition]:
        """Yield what counts for the whole program that a relocatable file becomes a part of, but common symbols."""
        for index, row in enumerate(self._rows):
            if row[1] >> 4 == _GLOBAL and row[3] not in (SHN_UNDEF, SHN_COMMON):
                address = None if index in self.chosen else self.value(index)
                yield Definition(self.name(index), address, row[3] != SHN_ABS)

    def commons(self) -> Iterator[Common]:
        """Yield the variables that every file which names them declares, and none of these defines."""
        for index, row in enumerate(self._rows):
            if row[1] >> 4 == _GLOBAL and row[3] == SHN_COMMON:
                yield Common(self.name(index), self.value(index), row[5], row[4])

    def shared_names(self) -> Iterator[str]:
        """Yield the names of all definitions that are not local, common and weak ones too."""
        for index, row in enumerate(self._rows):
            if index and row[1] >> 4 != _LOCAL and row[3] != SHN_UNDEF:
                yield self.name(index)

    def _address(self, index: int) -> int:
        row = self._rows[index]
        if index in self.common:
            return self.common[index]
        section = self.section(index)
        return row[4] + (section.address if section and self._elf.relocatable else 0)

    def symbol(self, index: int) -> Symbol:
        """Return the symbol at an index."""
        size, function = self._rows[index][5], self._is_function(index)
        return Symbol(self.name(index), self._address(index), size, function, self.local(index))

    def _is_visible(self, index: int) -> bool:
        name, info, _, section, _, _ = self._rows[index]
        if not name or info & 15 in _UNADDRESSED or not section:
            return False
        if section < SHN_LORESERVE:
            return self._elf.headers[section].placed
        if section == SHN_XINDEX:
            return self._elf.headers[self._extended[index]].placed
        return section == SHN_ABS or index in self.common

    @cached_property
    def listed(self) -> tuple[Symbol, ...]:
        """The defined, named symbols that have an address, in the order of the table."""
        return tuple(self.symbol(index) for index in range(len(self._rows)) if self._is_visible(index))

    @cached_property
    def _code(self) -> dict[int, tuple[int, int]]:
        """Executable sections: what is added to a symbol's value, and where the section ends."""
        relocatable = self._elf.relocatable
        return {
            header.index: (header.address if relocatable else 0, header.address + header.size)
            for header in self._elf.headers
            if header.executable
        }

    @cached_property
    def _coded(self) -> list[tuple[int, int, int]]:
        """Address, index and section end of the visible symbols in executable sections, by address."""
        code = self._code
        found = [(address, index, code[self._section_index(index)][1]) for index, _, address in self._in_code]
        found.sort()
        return found

    @cached_property
    def _indices(self) -> dict[int, list[int]]:
        """Indices of the symbols by where their names stand: few of very many names are asked for, and decoded."""
        found: dict[int, list[int]] = {}
        for index, row in enumerate(self._rows):
            found.setdefault(row[0], []).append(index)
        return found

    def _named(self, name: bytes) -> Iterator[int]:
        """Indices of the symbols of that name."""
        at = self._strings.find(name + b"\0")
        while at >= 0:
            yield from self._indices.get(at, ())
            at = self._strings.find(name + b"\0", at + 1)

    def find(self, name: str) -> Symbol | None:
        """Return the defined symbol of that name: a global one before weak and local ones, then the lowest address."""
        if name not in self._found:
            indices = self._named(name.encode("utf-8", "surrogateescape")) if name else ()
            visible = (index for index in indices if self._is_visible(index))
            best = min(visible, key=lambda index: (self._rank(index), self._address(index)), default=None)
            self._found[name] = None if best is None else self.symbol(best)
        return self._found[name]

    @cached_property
    def functions(self) -> tuple[Symbol, ...]:
        """The function symbols by address."""
        rows = self._rows
        return tuple(self.symbol(index) for _, index, _ in self._coded if rows[index][1] in _FUNCTION_KINDS)

    @property
    def has_functions(self) -> bool:
        """Whether there are any."""
        return any(info in _FUNCTION_KINDS for _, info, _ in self._in_code)

    def _is_function(self, index: int) -> bool:
        section = self.section(index)
        coded = section is not None and section.executable and self._is_visible(index)
        return coded and self._rows[index][1] in _FUNCTION_KINDS

    def _rank(self, index: int) -> int:
        return (2, 0, 1)[min(self._rows[index][1] >> 4, 2)]

    def _section_index(self, index: int) -> int:
        section = self._rows[index][3]
        return self._extended[index] if section == SHN_XINDEX else section

    @cached_property
    def _in_code(self) -> list[tuple[int, int, int]]:
        """Index, kind and address of the named symbols of executable sections, in the order of the table."""
        code, found = self._code, []
        for index, (name, info, _, section, value, _) in enumerate(self._rows):
            if section == SHN_XINDEX:
                section = self._extended[index]  # noqa: PLW2901
            if section in code and name and info & 15 not in _UNADDRESSED:
                found.append((index, info, value + code[section][0]))
        return found

    @cached_property
    def _starts(self) -> list[int]:
        """Addresses at which a symbol of an executable section begins, sorted, without duplicates."""
        return sorted({address for _, _, address in self._in_code})

    def starts(self, low: int, high: int) -> list[int]:
        """Return the addresses in [low, high) at which a symbol of an executable section begins."""
        return self._starts[bisect_right(self._starts, low - 1) : bisect_right(self._starts, high - 1)]

    @cached_property
    def _spans(self) -> tuple[list[int], list[int]]:
        """Functions by start, as start << 32 | index (numbers sort faster than tuples), and the furthest end so far."""
        chosen = [address << 32 | index for index, info, address in self._in_code if info in _FUNCTION_KINDS]
        chosen.sort()
        return chosen, list(accumulate((self._end(key >> 32, key & 0xFFFF_FFFF) for key in chosen), max))

    def _end(self, start: int, index: int) -> int:
        limit, size = self._code[self._section_index(index)][1], self._rows[index][5]
        return (min(limit, start + size)) if size else self._end_of(start, 0, limit)

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol; without a stated size it ends at the next symbol or at its section's end."""
        start, size = symbol.address, symbol.size
        inside = (end for begin, end in self._extents if begin <= start < end)
        return start, self._end_of(start, size, next(inside, start + size))

    @cached_property
    def _extents(self) -> list[tuple[int, int]]:
        headers = [header for header in self._elf.headers if header.placed]
        common = [(self._elf.end, self.end)] if self.common else []
        return [*((header.address, header.address + header.size) for header in headers), *common]

    def _end_of(self, start: int, size: int, limit: int) -> int:
        """Return where a symbol of the given start and stated size ends, in a section that ends at limit."""
        if size:
            return max(start, min(start + size, limit))
        following = bisect_right(self._starts, start)
        if following < len(self._starts):
            limit = min(limit, self._starts[following])
        return max(start, limit)

    def _around(self, address: int) -> Iterator[tuple[int, int, int]]:
        """Start, end and index of all functions around an address, the last start first."""
        spans, furthest = self._spans
        at = bisect_right(spans, address << 32 | 0xFFFF_FFFF) - 1
        while at >= 0 and furthest[at] > address:
            start, index = spans[at] >> 32, spans[at] & 0xFFFF_FFFF
            end = self._end(start, index)
            if end > address:
                yield start, end, index
            at -= 1

    def around(self, address: int) -> list[Symbol]:
        """Return all functions around an address, by their own."""
        return [self.symbol(index) for _, _, index in self._around(address)][::-1]

    def covering(self, address: int) -> Symbol | None:
        """Return the innermost function around an address.

        A stated size outweighs a guessed one, then the smallest wins, then global before weak before local, then
        anything before the `__pfx_` symbols that objtool puts on a function's padding.
        """

        def preference(found: tuple[int, int, int]) -> tuple[bool, int, int, bool]:
            start, end, index = found
            prefix = self.name(index).startswith("__pfx_")
            return not self._rows[index][5], end - start, self._rank(index), prefix

        best = min(self._around(address), key=preference, default=None)
        return None if best is None else self.symbol(best[2])
