"""The symbol table of an ELF file with an address for each symbol, as relocations and linkers ask for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tdxprove.binary import rejection
from tdxprove.elf import (
    CORRUPT,
    EXTERNAL_BASE,
    GOT_BASE,
    LINKED_EXTERNAL_BASE,
    SECTION_LIMIT,
    SHN_ABS,
    SHN_COMMON,
    SHN_UNDEF,
    Elf,
    Header,
)
from tdxprove.elf_symbols import GLOBAL, IFUNC, TLS, SymbolRows
from tdxprove.externals import Externals, Linkage

_GOT_STEP = 8


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
    """Symbols by index: `rows` is what the file says of them, everything else where they are.

    `common` and `external` are the addresses of common and of undefined symbols, `end` that of the end of the former.
    """

    def __init__(self, elf: Elf, header: Header | None, linkage: Linkage | None = None) -> None:
        """Read a table; None stands for a file without symbols. `linkage` makes it the table of a part of a program.

        Raises:
            ImageError: an entry refers outside the file's tables.
        """
        self._elf = elf
        self.rows = SymbolRows(elf, header)
        self.common: dict[int, int] = {}
        self.external: dict[int, int] = {}
        self._resolved: dict[int, int] = {}
        if linkage is None:
            base = EXTERNAL_BASE if elf.relocatable else LINKED_EXTERNAL_BASE
            names = [*self.rows.undefined.values(), *self.rows.chosen.values()]
            linkage = Linkage(GOT_BASE, {}, Externals(elf.name, names, base))
        self._linkage = linkage
        self._resolve()
        self.end = self._allocate()

    def _resolve(self) -> None:
        """Give undefined symbols, and those that give way, the address that the program has for them."""
        elsewhere = self._linkage.externals.addresses
        for index, name in (self.rows.undefined | self.rows.weak_definitions).items():
            if name in self._linkage.defined:
                self._resolved[index] = self._linkage.defined[name]
            elif name in elsewhere:
                self.external[index] = elsewhere[name]
        self.external |= {index: elsewhere[name] for index, name in self.rows.chosen.items()}

    def _allocate(self) -> int:
        """Give common symbols addresses of their own; return the end of their area."""
        elf, cursor = self._elf, self._elf.end
        for index, row in enumerate(self.rows.values):
            if row[3] == SHN_COMMON and elf.relocatable:
                align = max(1, row[4])
                if align & (align - 1):
                    raise rejection(elf.name, f"common symbol {self.rows.name(index)!r} has alignment {align}", CORRUPT)
                cursor = (cursor + align - 1) & -align
                # The room is kept where another file has the variable: where the others lie is settled by then.
                self._place_common(index, cursor)
                cursor += row[5]
        if elf.relocatable and cursor > SECTION_LIMIT:
            raise rejection(elf.name, "more symbols than fit into 2 GiB with the sections", CORRUPT)
        return cursor

    def _place_common(self, index: int, address: int) -> None:
        elsewhere = self._linkage.defined.get(self.rows.name(index), address)
        if elsewhere != address and not self.rows.local(index):
            self._resolved[index] = elsewhere
        else:
            self.common[index] = address

    def value(self, index: int) -> int | None:
        """Return a symbol's address, None when it has none that this package could name."""
        if not index:
            return 0
        row = self.rows.values[index]
        if row[1] & 15 == IFUNC:
            return self.external.get(index)
        if row[1] & 15 == TLS:
            return None
        if index in self._resolved:
            return self._resolved[index]
        if index in self.external:
            return self.external[index]
        known = index in self.common or row[3] == SHN_ABS or self.rows.section(index) is not None
        return self.address(index) if known else None

    def got_slot(self, index: int) -> int:
        """Return the synthetic address of a symbol's slot in the global offset table."""
        return self._linkage.got + _GOT_STEP * index

    def got_symbol(self, address: int) -> int | None:
        """Return the symbol whose slot contains the address."""
        index = (address - self._linkage.got) // _GOT_STEP
        return index if self._elf.relocatable and 0 < index < len(self.rows) else None

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
        return {self.rows.name(index): address for index, address in (self.external | self._resolved).items()}

    def indirect(self) -> Iterator[tuple[int, int]]:
        """Yield the address that calls lead to of each function that is chosen at load time, and its resolver's."""
        for index, row in enumerate(self.rows.values):
            if row[1] & 15 == IFUNC and row[3] != SHN_UNDEF:
                yield self.external.get(index, self.address(index)), self.address(index)

    def at_load(self, index: int) -> int | None:
        """Return the address of a definition of a linked file, of the resolver of what is chosen at load time."""
        return self.address(index) if self.rows.values[index][3] not in (SHN_UNDEF, SHN_ABS) else None

    @property
    def common_align(self) -> int:
        """The greatest alignment of a common symbol in bytes."""
        return max((self.rows.values[index][4] for index in self.common), default=1)

    def definitions(self) -> Iterator[Definition]:
        """Yield what counts for the whole program that a relocatable file becomes a part of, but common symbols."""
        for index, row in enumerate(self.rows.values):
            if row[1] >> 4 == GLOBAL and row[3] not in (SHN_UNDEF, SHN_COMMON):
                address = None if index in self.rows.chosen else self.value(index)
                yield Definition(self.rows.name(index), address, row[3] != SHN_ABS)

    def commons(self) -> Iterator[Common]:
        """Yield the variables that every file which names them declares, and none of these defines."""
        for index, row in enumerate(self.rows.values):
            if row[1] >> 4 == GLOBAL and row[3] == SHN_COMMON:
                yield Common(self.rows.name(index), self.value(index), row[5], row[4])

    def address(self, index: int) -> int:
        """Return where a definition is, whatever other files say of its name."""
        row = self.rows.values[index]
        if index in self.common:
            return self.common[index]
        section = self.rows.section(index)
        return row[4] + (section.address if section and self._elf.relocatable else 0)
