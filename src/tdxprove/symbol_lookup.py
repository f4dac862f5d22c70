"""Symbols of an ELF file by name and by address, as people and proofs ask for them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter

from tdxprove.binary import Symbol
from tdxprove.elf import SHN_ABS, SHN_LORESERVE, SHN_XINDEX, Elf
from tdxprove.elf_symbols import FILE, FUNC, GLOBAL, IFUNC, NOTYPE, SECTION, TLS, WEAK
from tdxprove.symtab import SymbolTable

_UNADDRESSED = frozenset({SECTION, FILE, TLS})
_FUNCTION_KINDS = frozenset(
    {FUNC, IFUNC, *(NOTYPE | binding << 4 for binding in (GLOBAL, WEAK))}
    | {kind | binding << 4 for kind in (FUNC, IFUNC) for binding in range(16)}
)

_INDEX = (1 << 32) - 1
"""Keys that are sorted are an address and below it an index of the table: numbers sort faster than tuples."""


class SymbolLookup:
    """A symbol table with an index of everything that is asked for (`tdxprove.binary.Symbols`), made on demand."""

    def __init__(self, elf: Elf, table: SymbolTable) -> None:
        self._elf, self._table, self._rows = elf, table, table.rows
        self._found: dict[str, Symbol | None] = {}

    def _symbol(self, index: int) -> Symbol:
        rows = self._rows
        place = self._table.address(index)
        return Symbol(rows.name(index), place, rows.size(index), self._is_function(index), rows.local(index))

    def _is_visible(self, index: int) -> bool:
        name, info, _, section, _, _ = self._rows.values[index]
        if not name or info & 15 in _UNADDRESSED or not section:
            return False
        if section < SHN_LORESERVE or section == SHN_XINDEX:
            return self._elf.headers[self._rows.section_index(index)].placed
        return section == SHN_ABS or index in self._table.common

    def _is_function(self, index: int) -> bool:
        section = self._rows.section(index)
        coded = section is not None and section.executable and self._is_visible(index)
        return coded and self._rows.values[index][1] in _FUNCTION_KINDS

    def _rank(self, index: int) -> int:
        """Global before weak before local."""
        return (2, 0, 1)[min(self._rows.values[index][1] >> 4, 2)]

    @cached_property
    def listed(self) -> Sequence[Symbol]:
        """The defined, named symbols that have an address, in the order of the table."""
        return tuple(self._symbol(index) for index in range(len(self._rows)) if self._is_visible(index))

    def find(self, name: str) -> Symbol | None:
        """Return the defined symbol of that name: a global one before weak and local ones, then the lowest address."""
        if name not in self._found:
            visible = (index for index in self._rows.named(name) if self._is_visible(index)) if name else ()
            best = min(visible, key=lambda i: (self._rank(i), self._table.address(i)), default=None)
            self._found[name] = None if best is None else self._symbol(best)
        return self._found[name]

    @cached_property
    def _variables(self) -> list[int]:
        """What is no function, by address and from the last of the table on, each as address << 32 | ~index."""
        relocatable, found = self._elf.relocatable, []
        begin = {one.index: one.address if relocatable else 0 for one in self._elf.headers if one.placed}
        for index, (name, info, _, section, value, _) in enumerate(self._rows.values):
            if section in begin:  # as the calls below, without a hundred thousand of them
                if (
                    name
                    and info & 15 not in _UNADDRESSED
                    and (section not in self._code or info not in _FUNCTION_KINDS)
                ):
                    found.append(value + begin[section] << 32 | index ^ _INDEX)
            elif section >= SHN_LORESERVE and self._is_visible(index) and not self._is_function(index):
                found.append(self._table.address(index) << 32 | index ^ _INDEX)
        return sorted(found)

    def variable_around(self, low: int, address: int) -> Symbol | None:
        """Return the last symbol from `low` on that is no function and may be what an address belongs to."""
        for key in reversed(self._variables[: bisect_right(self._variables, address << 32 | _INDEX)]):
            place, index = key >> 32, key & _INDEX ^ _INDEX
            if place < low:
                break
            size = self._rows.size(index)
            if not size or address < place + size:
                return self._symbol(index)
        return None

    # -- executable sections -----------------------------------------------------------------------------------------

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
    def _in_code(self) -> list[tuple[int, int, int]]:
        """Index, kind and address of the named symbols of executable sections, in the order of the table."""
        code, found = self._code, []
        for index, (name, info, _, section, value, _) in enumerate(self._rows.values):
            if section == SHN_XINDEX:
                section = self._rows.section_index(index)  # noqa: PLW2901
            if section in code and name and info & 15 not in _UNADDRESSED:
                found.append((index, info, value + code[section][0]))
        return found

    @cached_property
    def functions(self) -> Sequence[Symbol]:
        """The function symbols by address."""
        return tuple(self._symbol(key & _INDEX) for key in self._ordered)

    def functions_named(self, name: str) -> Sequence[Symbol]:
        """Return the functions of that name by address."""
        found = [self._symbol(index) for index in self._rows.named(name) if self._is_function(index)] if name else []
        return sorted(found, key=attrgetter("address"))

    @property
    def has_functions(self) -> bool:
        """Whether there are any."""
        return any(info in _FUNCTION_KINDS for _, info, _ in self._in_code)

    @cached_property
    def _starts(self) -> list[int]:
        """Addresses at which a symbol of an executable section begins, sorted, without duplicates."""
        return sorted({address for _, _, address in self._in_code})

    @cached_property
    def _limits(self) -> list[int]:
        """Those that end a symbol before them whose size is not stated: all but labels within a function."""
        return sorted({address for index, info, address in self._in_code if info or not self._is_label(index)})

    def _is_label(self, index: int) -> bool:
        """Is an untyped local symbol a label that NASM gives the name of its function (`f.label`)?"""
        parent, _, label = self._rows.name(index).rpartition(".")
        return bool(parent and label) and any(True for _ in self._rows.named(parent))

    def starts(self, low: int, high: int) -> list[int]:
        """Return the addresses in [low, high) at which a symbol of an executable section begins."""
        return self._starts[bisect_right(self._starts, low - 1) : bisect_right(self._starts, high - 1)]

    @cached_property
    def _ordered(self) -> list[int]:
        """Functions by address, each as address << 32 | index."""
        return sorted(address << 32 | index for index, info, address in self._in_code if info in _FUNCTION_KINDS)

    @cached_property
    def _furthest(self) -> list[int]:
        """Where the functions up to each of these end, at the most."""
        rows, code, found, furthest = self._rows.values, self._code, [], 0
        for key in self._ordered:  # `_end` of each, without a hundred thousand calls
            start, row = key >> 32, rows[key & _INDEX]
            if row[5] and row[3] in code and row[3] != SHN_XINDEX:
                end = min(code[row[3]][1], start + row[5])
            else:
                end = self._end(start, key & _INDEX)
            furthest = max(furthest, end)
            found.append(furthest)
        return found

    def _end(self, start: int, index: int) -> int:
        limit, size = self._code[self._rows.section_index(index)][1], self._rows.size(index)
        return min(limit, start + size) if size else self._end_of(start, 0, limit)

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol; without a stated size it ends at the next symbol or at its section's end."""
        start, size = symbol.address, symbol.size
        inside = (end for begin, end in self._extents if begin <= start < end)
        return start, self._end_of(start, size, next(inside, start + size))

    @cached_property
    def _extents(self) -> list[tuple[int, int]]:
        headers = [header for header in self._elf.headers if header.placed]
        common = [(self._elf.end, self._table.end)] if self._table.common else []
        return [*((header.address, header.address + header.size) for header in headers), *common]

    def _end_of(self, start: int, size: int, limit: int) -> int:
        """Return where a symbol of the given start and stated size ends, in a section that ends at limit."""
        if size:
            return max(start, min(start + size, limit))
        following = bisect_right(self._limits, start)
        if following < len(self._limits):
            limit = min(limit, self._limits[following])
        return max(start, limit)

    def _around(self, address: int) -> Iterator[tuple[int, int, int]]:
        """Start, end and index of all functions around an address, the last start first."""
        ordered, furthest = self._ordered, self._furthest
        at = bisect_right(ordered, address << 32 | _INDEX) - 1
        while at >= 0 and furthest[at] > address:
            start, index = ordered[at] >> 32, ordered[at] & _INDEX
            end = self._end(start, index)
            if end > address:
                yield start, end, index
            at -= 1

    def around(self, address: int) -> Sequence[Symbol]:
        """Return all functions around an address, by their own."""
        return [self._symbol(index) for _, _, index in self._around(address)][::-1]

    def covering(self, address: int) -> Symbol | None:
        """Return the innermost function around an address.

        A stated size outweighs a guessed one, then the smallest wins, then global before weak before local, then
        anything before the `__pfx_` symbols that objtool puts on a function's padding.
        """

        def preference(found: tuple[int, int, int]) -> tuple[bool, int, int, bool]:
            start, end, index = found
            prefix = self._rows.name(index).startswith("__pfx_")
            return not self._rows.size(index), end - start, self._rank(index), prefix

        best = min(self._around(address), key=preference, default=None)
        return None if best is None else self._symbol(best[2])
