"""Several ELF files, at disjoint addresses and with their references resolved, as one binary."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import chain

from tdxprove.binary import Binary, Buffer, Section, Symbol, Symbols
from tdxprove.elf import PAGE, SECTION_BASE
from tdxprove.elf_binary import ElfBinary


def starts_of(members: Sequence[ElfBinary]) -> list[int]:
    """Return where each relocatable file's addresses begin, and where the next one's would."""
    starts = [SECTION_BASE]
    for member, following in zip(members, [*members[1:], None], strict=True):
        align = PAGE if following is None else following.align
        end = starts[-1] + member.table.end - SECTION_BASE + PAGE
        starts.append((end + align - 1) & -align)
    return starts


class LinkedSymbols:
    """The symbols of all parts (`tdxprove.binary.Symbols`)."""

    def __init__(self, binary: "LinkedBinary", parts: Sequence[Binary], defined: Mapping[str, int]) -> None:
        self._binary = binary
        self._parts = tuple(part.symbols for part in parts)
        self._defined = defined

    @cached_property
    def listed(self) -> tuple[Symbol, ...]:
        """The symbols of every part, in the order of the parts."""
        return tuple(symbol for part in self._parts for symbol in part.listed)

    @cached_property
    def functions(self) -> tuple[Symbol, ...]:
        """The functions of every part, by address since the parts are."""
        return tuple(symbol for part in self._parts for symbol in part.functions)

    def find(self, name: str) -> Symbol | None:
        """Return the symbol that the name means in every part, else what it means in the first part that has it."""
        found = [symbol for part in self._parts if (symbol := part.find(name)) is not None]
        return next((s for s in found if s.address == self._defined.get(name)), found[0] if found else None)

    def functions_named(self, name: str) -> Sequence[Symbol]:
        """Return the functions of that name by address."""
        return [symbol for part in self._parts for symbol in part.functions_named(name)]

    def variable_around(self, low: int, address: int) -> Symbol | None:
        """Return the last symbol from `low` on that is no function and may be what an address belongs to."""
        return self._binary.part(address).symbols.variable_around(low, address)

    def covering(self, address: int) -> Symbol | None:
        """Return the innermost function around an address."""
        return self._binary.part(address).symbols.covering(address)

    def around(self, address: int) -> Sequence[Symbol]:
        """Return all functions around an address, by their own."""
        return self._binary.part(address).symbols.around(address)

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol."""
        return self._binary.part(symbol.address).symbols.bounds(symbol)

    def starts(self, low: int, high: int) -> tuple[int, ...]:
        """Return the addresses in [low, high) at which a symbol of an executable section begins, sorted."""
        return tuple(start for part in self._parts for start in part.starts(low, high))


class LinkedBinary:
    """What `ld -r` would make of objects, or a kernel of its modules (`tdxprove.binary.Binary`).

    Each file is still known by `part`.
    """

    convention = "sysv"
    shift = 0
    member: str | None = None

    def __init__(self, parts: Sequence[Binary], starts: Sequence[int], defined: Mapping[str, int]) -> None:
        """Put parts together.

        Args:
            parts: the files, by address.
            starts: where the addresses of each begin.
            defined: address of what one of them defines for all, by name.
        """
        self._parts = tuple(parts)
        self._starts = tuple(starts)
        self.path = parts[0].path
        self.relocatable = all(part.relocatable for part in parts)
        self.sections = tuple(section for part in parts for section in part.sections)
        self.symbols: Symbols = LinkedSymbols(self, parts, defined)

    @property
    def name(self) -> str:
        """The name of the first file, and with how many others it is linked."""
        count = len(self._parts) - 1
        return f"{self._parts[0].name} (linked with {count} other file{'' if count == 1 else 's'})"

    def part(self, address: int) -> Binary:
        """Return the file that an address belongs to."""
        return self._parts[max(0, bisect_right(self._starts, address) - 1)]

    def code(self, section: Section) -> Buffer:
        """Return the bytes of a section after its relocations."""
        return self.part(section.address).code(section)

    def read(self, address: int, size: int) -> bytes | None:
        """Return relocated bytes; slots of every file's part of the global offset table are readable."""
        parts = chain((self.part(address),), self._parts)
        return next((data for part in parts if (data := part.read(address, size)) is not None), None)

    def external_around(self, address: int) -> tuple[str, int] | None:
        """Return the undefined symbol to which an address belongs, and the distance from it."""
        found = (part.external_around(address) for part in self._parts)
        return next((around for around in found if around is not None), None)

    def referred(self, name: str) -> int | None:
        """Return the address of a name that one of the files leaves open."""
        return next((found for part in self._parts if (found := part.referred(name)) is not None), None)

    @property
    def undefined(self) -> Collection[str]:
        """What no part defines."""
        return {name for part in self._parts for name in part.undefined}

    @property
    def defined(self) -> Collection[str]:
        """What any part defines."""
        return {name for part in self._parts for name in part.defined}

    @property
    def slots(self) -> Mapping[int, int]:
        """Those of a kernel: only linked files have a global offset table of their own."""
        return {at: value for part in self._parts for at, value in part.slots.items()}

    @property
    def indirect(self) -> Collection[tuple[int, int]]:
        """Functions of all parts whose code is chosen at load time."""
        return {pair for part in self._parts for pair in part.indirect}

    def debug_section(self, name: str) -> Buffer | None:  # noqa: ARG002
        """Return None: the debug data is that of the parts."""
        return None
