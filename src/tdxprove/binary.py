"""What every file format becomes: sections at addresses, their bytes, and symbols if there are any.

`elf_binary` and the modules beside it each make a `Binary` of one format; nothing behind `image` knows which.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, takewhile
from pathlib import Path
from typing import Protocol

from tdxprove.errors import ImageError, NoCodeError

Buffer = bytes | bytearray | memoryview


def rejection(name: str, reason: str, advice: str) -> ImageError:
    """Return an ImageError of one printable line: file, reason, what to do."""
    return ImageError(_printable(f"{name}: {reason}; {advice}"))


def no_code(name: str, reason: str, advice: str) -> NoCodeError:
    """Return the same of a file that is as it should be, and holds no code."""
    return NoCodeError(_printable(f"{name}: {reason}; {advice}"))


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an image's address space; one that is `sealed` is writable until its loader has relocated it."""

    name: str
    address: int
    size: int
    executable: bool
    writable: bool
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Symbol:
    """A defined symbol. A size of 0 means that the file states none; `Symbols.bounds` then says where it ends.

    `function` is set for what the file declares to be one, and for global untyped symbols in executable sections, which
    is what assemblers emit for a label without a `.type`. `local` says that nothing outside the file can name it.
    """

    name: str
    address: int
    size: int
    function: bool
    local: bool = False


class Symbols(Protocol):
    """The symbols of a binary, by name and by address."""

    @property
    def listed(self) -> Sequence[Symbol]:
        """Every defined, named symbol that has an address."""

    @property
    def functions(self) -> Sequence[Symbol]:
        """The functions by address."""

    def find(self, name: str) -> Symbol | None:
        """Return the symbol of that name: a global one before local ones, then the lowest address."""

    def functions_named(self, name: str) -> Sequence[Symbol]:
        """Return the functions of that name by address: each source file may have one of its own."""

    def variable_around(self, low: int, address: int) -> Symbol | None:
        """Return the last symbol from `low` on that is no function and may be what an address belongs to."""

    def covering(self, address: int) -> Symbol | None:
        """Return the innermost function around an address."""

    def around(self, address: int) -> Sequence[Symbol]:
        """Return all functions around an address, by their own."""

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol; one without a stated size ends at the next, or where its section ends."""

    def starts(self, low: int, high: int) -> Sequence[int]:
        """Return the addresses in [low, high) at which a symbol of an executable section begins, sorted."""


class Binary(Protocol):
    """One file, or one part of a container, at the addresses that it will be examined at.

    `name` is for messages (`x.o`, `lib.a(x.o)`), `member` the name inside the container; `relocatable` says that the
    addresses were assigned here; `convention` is the calling convention of the file type, "sysv" or "ms"; `shift` is
    what the binary was moved by from the addresses that the file states.
    """

    path: Path
    member: str | None
    convention: str
    shift: int

    @property
    def name(self) -> str:
        """The file's name for messages."""

    @property
    def relocatable(self) -> bool:
        """Whether the addresses were assigned here, so that people count from the start of a section."""

    @property
    def sections(self) -> Sequence[Section]:
        """The sections that occupy addresses."""

    @property
    def symbols(self) -> Symbols:
        """What the file says of names."""

    def code(self, section: Section) -> Buffer:
        """Return all bytes of an executable section, those that no relocation settles as they stand in the file."""

    def read(self, address: int, size: int) -> bytes | None:
        """Return bytes as loaded, None when one of them is outside, not in the file, or not settled before linking."""

    def external_around(self, address: int) -> tuple[str, int] | None:
        """Return the undefined symbol that was given the addresses around this one, and the distance from it."""

    def referred(self, name: str) -> int | None:
        """Return the address of a name that the file leaves to others: an external's, or where the other one is."""

    @property
    def undefined(self) -> Collection[str]:
        """The names that the file leaves to others, and which were given addresses outside it."""

    @property
    def defined(self) -> Collection[str]:
        """The names that a linker would take from the file for others; none where it is linked already."""

    @property
    def slots(self) -> Mapping[int, int]:
        """What the slots of the global offset table hold, by address, if no other file of the process interposes."""

    @property
    def indirect(self) -> Collection[tuple[int, int]]:
        """Functions whose code is chosen at load time: the address that calls of it lead to, and its resolver's."""

    def part(self, address: int) -> "Binary":
        """Return the file that an address belongs to: the binary itself where it is one file."""

    def debug_section(self, name: str) -> Buffer | None:
        """Return the bytes of a DWARF section by its ELF name, None when there is none."""


class SymbolList:
    """Symbols of a format that lists them plainly (name, address, perhaps a size); its sections do not overlap."""

    def __init__(self, symbols: Sequence[Symbol], sections: Sequence[Section]) -> None:
        self.listed = tuple(sorted(symbols, key=lambda symbol: (symbol.address, symbol.name)))
        self.functions = tuple(symbol for symbol in self.listed if symbol.function)
        self._code = sorted((s.address, s.address + s.size) for s in sections if s.executable and s.size)

    @cached_property
    def _names(self) -> dict[str, Symbol]:
        return {symbol.name: symbol for symbol in reversed(self.listed)}

    @cached_property
    def _starts(self) -> list[int]:
        # Of the sorted edges of code, those inside it have an odd number before them.
        edges = [edge for extent in self._code for edge in extent]
        return sorted({s.address for s in self.listed if bisect_right(edges, s.address) % 2})

    @cached_property
    def _furthest(self) -> list[int]:
        return list(accumulate((self.bounds(symbol)[1] for symbol in self.functions), max))

    def find(self, name: str) -> Symbol | None:
        """Return the first symbol of that name by address."""
        return self._names.get(name)

    @cached_property
    def _functions_by_name(self) -> dict[str, list[Symbol]]:
        found: dict[str, list[Symbol]] = {}
        for symbol in self.functions:
            found.setdefault(symbol.name, []).append(symbol)
        return found

    def functions_named(self, name: str) -> Sequence[Symbol]:
        """Return the functions of that name by address."""
        return self._functions_by_name.get(name, ())

    def variable_around(self, low: int, address: int) -> Symbol | None:
        """Return the last symbol from `low` on that is no function and may be what an address belongs to."""
        at = bisect_right(self.listed, address, key=lambda symbol: symbol.address)
        before = takewhile(lambda symbol: symbol.address >= low, reversed(self.listed[:at]))
        return next((s for s in before if not s.function and (not s.size or address < s.address + s.size)), None)

    def starts(self, low: int, high: int) -> Sequence[int]:
        """Return the addresses in [low, high) at which a symbol of an executable section begins."""
        return self._starts[bisect_right(self._starts, low - 1) : bisect_right(self._starts, high - 1)]

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol."""
        start = symbol.address
        limit = next((end for begin, end in self._code if begin <= start < end), start + symbol.size)
        if symbol.size:
            return start, max(start, min(start + symbol.size, limit))
        following = bisect_right(self._starts, start)
        if following < len(self._starts):
            limit = min(limit, self._starts[following])
        return start, max(start, limit)

    def around(self, address: int) -> Sequence[Symbol]:
        """Return all functions around an address, by their own."""
        found = []
        at = bisect_right(self.functions, address, key=lambda symbol: symbol.address) - 1
        while at >= 0 and self._furthest[at] > address:
            if self.bounds(self.functions[at])[1] > address:
                found.append(self.functions[at])
            at -= 1
        return found[::-1]

    def covering(self, address: int) -> Symbol | None:
        """Return the smallest function around an address; of several names for one, a `__pfx_` one last."""

        def preference(symbol: Symbol) -> tuple[bool, int, bool]:
            start, end = self.bounds(symbol)
            return not symbol.size, end - start, symbol.name.startswith("__pfx_")

        return min(reversed(self.around(address)), key=preference, default=None)
