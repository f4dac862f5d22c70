"""One binary, or a program of several: bytes at addresses, symbols, and what is known of what lies outside."""

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from tdxprove.binary import Binary, Section, Symbol
from tdxprove.discover import Discovered

LONGEST: Final = 15
"""Bytes of an instruction, at most (Intel SDM volume 2, section 2.3.11)."""


class Program:
    """What a binary holds at the addresses of the examination; binaries are asked through it alone."""

    def __init__(self, binary: Binary) -> None:
        """Take a binary, of one file or several."""
        self._binary = binary
        self._covering: dict[int, Symbol | None] = {}
        self._rooms: dict[str, int] = {}
        self.path = binary.path
        self.member = binary.member
        self.convention = binary.convention
        self._placed = sorted(binary.sections, key=lambda section: (section.address, section.size))
        self._addresses = [section.address for section in self._placed]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def name(self) -> str:
        """The file's name for messages: `x.o`, or `lib.a(x.o)` for a member; of linked files the first."""
        return self._binary.name

    def file(self, address: int) -> str:
        """Return the name of the file that an address belongs to, for messages."""
        return self._binary.part(address).name

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the image is made of."""
        return tuple(dict.fromkeys(self.file(section.address) for section in self.sections)) or (self.name,)

    def leaves_module(self, source: int, target: int) -> bool:
        """Does code of a kernel module lead to the kernel that it is loaded into?"""
        return not self.relocatable and self._binary.part(source).relocatable and not self._relocates(target)

    def _relocates(self, address: int) -> bool:
        return self._binary.part(address).relocatable

    @cached_property
    def module_functions(self) -> tuple[Symbol, ...]:
        """The functions of the modules of a kernel, by address; none where there is no kernel."""
        if self.relocatable or not any(self._relocates(section.address) for section in self.sections):
            return ()
        return tuple(symbol for symbol in self.functions() if self._relocates(symbol.address))

    @property
    def undefined(self) -> frozenset[str]:
        """The names that it leaves to other files."""
        return frozenset(self._binary.undefined)

    @property
    def relocatable(self) -> bool:
        """Whether the addresses were assigned here (object files and modules)."""
        return self._binary.relocatable

    @property
    def inferred(self) -> bool:
        """Whether the functions were found in the code, since the file names none."""
        return isinstance(self._binary.symbols, Discovered)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections that occupy addresses, in file order."""
        return tuple(self._binary.sections)

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every defined, named symbol that has an address."""
        return tuple(self._binary.symbols.listed)

    def section_at(self, address: int) -> Section | None:
        """Return the section that contains an address."""
        at = bisect_right(self._addresses, address) - 1
        # Sections of size 0 may share the address of the one that holds bytes, and sort before it.
        if at >= 0 and address < self._placed[at].address + self._placed[at].size:
            return self._placed[at]
        return None

    def read(self, address: int, size: int) -> bytes | None:
        """Return bytes as loaded, relocated.

        None when one of them lies outside the image or in NOBITS, or belongs to a relocation that is settled only at
        link or load time.
        """
        return self._binary.read(address, size)

    def fetch(self, address: int) -> bytes | None:
        """Return the bytes of code at an address, as many as an instruction has at most; None if there are none.

        They are fewer at the end of a section, or before bytes that are not known.
        """
        return next(filter(None, (self.read(address, size) for size in range(LONGEST, 0, -1))), None)

    def constant(self, address: int, size: int) -> bytes | None:
        """Return bytes that do not change once the file is loaded: of read-only sections and the GOT."""
        section = self.section_at(address)
        return None if section is not None and section.writable else self.read(address, size)

    def is_slot(self, address: int, size: int = 1) -> bool:
        """Are these bytes of an object's global offset table, which the linker makes and nothing writes?"""
        return self.section_at(address) is None and self.read(address, size) is not None

    @property
    def slots(self) -> Mapping[int, int]:
        """What the slots of the global offset table hold, by address, if no other file of the process interposes."""
        return self._binary.slots

    @cached_property
    def chosen(self) -> Mapping[int, frozenset[int]]:
        """Where calls of functions lead to whose code is chosen at load time, with what chooses (STT_GNU_IFUNC)."""
        found: dict[int, frozenset[int]] = {}
        for address, resolver in self._binary.indirect:
            found[address] = found.get(address, frozenset()) | {resolver}
        return found

    def code(self, section: Section) -> bytes:
        """Return the bytes of a section, to search in."""
        return bytes(self._binary.code(section))

    def symbol_at(self, address: int) -> tuple[Symbol, int] | None:
        """Return the innermost function symbol around an address, and the offset into it."""
        if address not in self._covering:
            self._covering[address] = self._binary.symbols.covering(address)
        symbol = self._covering[address]
        return None if symbol is None else (symbol, address - symbol.address)

    def names_at(self, address: int) -> tuple[str, ...]:
        """Return the names of all functions that start at an address."""
        return tuple(symbol.name for symbol in self.functions_around(address) if symbol.address == address)

    def functions_around(self, address: int) -> tuple[Symbol, ...]:
        """Return all functions around an address, by their own."""
        return tuple(self._binary.symbols.around(address))

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol of this image.

        A symbol without a size ends at the next symbol or at the end of its section.
        """
        return self._binary.symbols.bounds(symbol)

    def function(self, name: str) -> Symbol | None:
        """Return the function of that name; a global one hides local ones, of which the first by address counts."""
        symbol = self.symbol(name)
        if symbol is None or symbol.function:
            return symbol
        section = self.section_at(symbol.address)
        return symbol if section is not None and section.executable else None

    def functions(self) -> tuple[Symbol, ...]:
        """Return every function symbol by address."""
        return tuple(self._binary.symbols.functions)

    def functions_named(self, name: str) -> tuple[Symbol, ...]:
        """Return every function of that name, by address: each source file may have one of its own."""
        return tuple(self._binary.symbols.functions_named(name))

    def symbol(self, name: str) -> Symbol | None:
        """Return the defined symbol of that name, functions and objects alike."""
        return self._binary.symbols.find(name)

    def address_of(self, name: str) -> int | None:
        """Return the address of the defined symbol of that name."""
        symbol = self.symbol(name)
        return None if symbol is None else symbol.address

    def variable(self, name: str, address: int) -> tuple[int, int] | None:
        """Return address and size (0: not stated) of the variable of that name, None if nothing says where it is.

        Args:
            name: as the source has it.
            address: of a function; its file says which variable of that name is meant.
        """
        part = self._binary.part(address)
        outside = part.referred(name)
        symbol = part.symbols.find(name) if outside is None else self.symbol(name)
        if symbol is not None and outside in (None, symbol.address):
            return symbol.address, symbol.size
        return None if outside is None else (outside, 0)

    def referred(self, name: str) -> int | None:
        """Return the address of a name that one of the files leaves open."""
        return self._binary.referred(name)

    def external_at(self, address: int) -> str | None:
        """Return the name of the undefined symbol that was given an address."""
        found = self._binary.external_around(address)
        return found[0] if found is not None and not found[1] else None

    def object_around(self, address: int) -> tuple[str, int] | None:
        """Return the object of another file that an address belongs to, and the distance from its symbol."""
        return self._binary.external_around(address)

    def data_at(self, address: int) -> tuple[str, int] | None:
        """Return the variable that an address belongs to, of this file or another, and the distance from its start."""
        section = self.section_at(address)
        if section is None:
            return self.object_around(address)
        nearest = self._binary.symbols.variable_around(section.address, address)
        return None if nearest is None else (nearest.name, address - nearest.address)

    def holds(self, name: str, address: int, size: int | None = None) -> bool:
        """Does an address belong to the object of that name, in this file or another?

        Args:
            name: of the object.
            address: any.
            size: of the object where the file does not state one (kallsyms never does); by default it ends at the next
                symbol, or where its section ends.
        """
        symbol = self.symbol(name)
        if symbol is not None:
            length = symbol.size or (self._room(symbol) if size is None else size)
            return symbol.address <= address < symbol.address + length
        around = self.object_around(address)
        return around is not None and around[0] == name

    def _room(self, symbol: Symbol) -> int:
        """Bytes from a symbol to the next one of another address, or to the end of its section."""
        if symbol.name not in self._rooms:
            section = self.section_at(symbol.address)
            limit = symbol.address if section is None else section.address + section.size
            behind = (s.address for s in self._binary.symbols.listed if s.address > symbol.address)
            end = min(limit, min(behind, default=limit))
            self._rooms[symbol.name] = end - symbol.address
        return self._rooms[symbol.name]
