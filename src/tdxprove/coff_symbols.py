"""The symbol table of COFF objects, which some linkers leave in PE images (PE format, "COFF Symbol Table")."""

import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tdxprove.binary import Section, Symbol, rejection

_SYMBOL = struct.Struct("<8sIhHBB")
_BIG_SYMBOL = struct.Struct("<8sIiHBB")
"""As in objects of /bigobj: the number of the section is longer."""
_WORD = struct.Struct("<I")
_EXTERNAL, _STATIC, _WEAK = 2, 3, 105
_FUNCTION = 2
_CORRUPT = "the file is corrupt, build it again"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table. `section` counts from 1; 0 is undefined or, with a value, common; -1 absolute; -2 debug."""

    name: str
    value: int
    section: int
    function: bool
    storage: int
    auxiliary: bool

    @property
    def external(self) -> bool:
        """Whether another file may define or use it."""
        return self.storage in (_EXTERNAL, _WEAK)

    @property
    def places(self) -> bool:
        """Whether it names a place of its section, and not the section itself."""
        itself = self.auxiliary and self.storage == _STATIC and not self.value
        return self.storage in (_EXTERNAL, _STATIC) and bool(self.name) and not itself

    @property
    def weak(self) -> bool:
        """Whether it is undefined with a default of its own."""
        return self.storage == _WEAK


class CoffSymbols:
    """The rows of a table by index, as relocations name them, and the string table behind it."""

    def __init__(self, name: str, view: memoryview, offset: int, count: int, big: bool = False) -> None:
        """Read a table, `big` as of /bigobj; an offset of 0 stands for a file without one.

        Raises:
            ImageError: it is cut off, or a name lies outside the string table.
        """
        self._name = name
        self._row = _BIG_SYMBOL if big else _SYMBOL
        self._strings = b""
        self.end = offset
        self.entries: dict[int, Entry] = {}
        if not offset:
            return
        end = offset + count * self._row.size
        if end + _WORD.size > len(view):
            reason = f"truncated: the symbol table ends at byte {end + _WORD.size} of a file of {len(view)}"
            raise rejection(name, reason, "copy or build the file again")
        size = _WORD.unpack_from(view, end)[0]
        if end + size > len(view):
            reason = f"truncated: the string table ends at byte {end + size} of a file of {len(view)}"
            raise rejection(name, reason, "copy or build the file again")
        self.end = end + max(size, _WORD.size)
        self._strings = bytes(view[end : self.end])
        self.entries = dict(self._read(view[offset:end], count))

    def _read(self, table: memoryview, count: int) -> Iterator[tuple[int, Entry]]:
        index = 0
        while index < count:
            text, value, section, kind, storage, auxiliary = self._row.unpack_from(table, index * self._row.size)
            short = text[:4] != bytes(4)
            label = text.rstrip(b"\0").decode("utf-8", "backslashreplace") if short else self.text(text[4:])
            yield index, Entry(label, value, section, kind >> 4 == _FUNCTION, storage, auxiliary > 0)
            index += 1 + auxiliary

    def text(self, packed: bytes) -> str:
        """Return a string by its offset, 4 bytes or decimal digits."""
        start = int(packed) if packed.isdigit() else _WORD.unpack(packed)[0] if len(packed) == 4 else 0
        end = self._strings.find(b"\0", start)
        if start < 4 or end < 0:
            raise rejection(self._name, "a name lies outside the string table", _CORRUPT)
        return self._strings[start:end].decode("utf-8", "backslashreplace")


def listed(
    entries: Sequence[Entry],
    sections: Mapping[int, Section],
    ends: Mapping[int, int],
    commons: Mapping[str, int],
    taken: Collection[int] = (),
) -> list[Symbol]:
    """Return the symbols that have addresses.

    Functions are what the file declares to be one, and untyped symbols in executable sections that are external, which
    is what assemblers emit, or whose address is `taken`: these are ways in. But NASM's local labels (`f.label`) are
    parts of a function, which has their addresses in its jump tables. A function without a known end (`ends`) goes
    up to the next one: other symbols are labels in it. Of several names for a place those count that the file
    declares, then those that no linker makes up.
    """
    found: list[tuple[Section, Symbol]] = []
    best: dict[int, tuple[bool, bool]] = {}
    ranks: dict[Symbol, tuple[bool, bool]] = {}
    names = {entry.name for entry in entries}
    for entry in entries:
        section = sections.get(entry.section)
        if section is None or not entry.places:
            continue
        address = section.address + entry.value
        pointed = address in taken and entry.name.rpartition(".")[0] not in names
        function = section.executable and (entry.function or entry.external or pointed)
        symbol = Symbol(entry.name, address, 0, function)
        found.append((section, symbol))
        if function:
            rank = (not entry.function, entry.name.startswith("__"))
            best[symbol.address] = min(rank, best.get(symbol.address, rank))
            ranks[symbol] = rank
    found = [(c, replace(s, function=s.function and ranks[s] == best[s.address])) for c, s in found]
    limits = _limits(found)
    sized = [
        Symbol(s.name, s.address, (ends.get(s.address) or limits[s.address]) - s.address, True) if s.function else s
        for _, s in found
    ]
    return sized + [Symbol(name, address, 0, False) for name, address in commons.items()]


def _limits(found: Sequence[tuple[Section, Symbol]]) -> dict[int, int]:
    """The next function, or the end of the section, for the start of each function."""
    starts = sorted({(s.address, section.address + section.size) for section, s in found if s.function})
    limits = {start: min(following, end) for (start, end), (following, _) in pairwise(starts)}
    return limits | dict(starts[-1:])
