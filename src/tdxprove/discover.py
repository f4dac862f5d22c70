"""Functions of a binary that names none, as firmware is: found by what leads to them.

A function starts where the file says so (entry point, exports, unwind data), where a call leads, where an address is
taken of what decodes as code, and behind the end of the function before it. An instruction belongs to a start from
which direct branches lead to it without passing another start.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from tdxprove.binary import Buffer, Section, Symbol, SymbolList
from tdxprove.flow import Flow
from tdxprove.sites import candidates

_LARGEST = 16 << 20
_ALIGNMENT = 16
_LEAST = 2
"""Instructions of the shortest function that is believed without anything that leads to it."""


class Discovered(SymbolList):
    """Symbols of found functions, each as large as what follows its start without a gap or another start.

    `parts` are instructions outside of that, by address, with the start that leads to them; `guessed` are starts that
    nothing leads to but their place.
    """

    def __init__(
        self,
        symbols: Sequence[Symbol],
        sections: Sequence[Section],
        parts: Mapping[int, int],
        guessed: Collection[int] = (),
    ) -> None:
        super().__init__(symbols, sections)
        self.guessed = guessed
        self._by_start = {symbol.address: symbol for symbol in reversed(self.functions)}
        self._parts = parts

    def covering(self, address: int) -> Symbol | None:
        """Return the function around an address, or the one that leads there."""
        found = super().covering(address)
        return self._by_start.get(self._parts.get(address, -1)) if found is None else found


def discover(
    sections: Sequence[Section],
    code: Callable[[Section], Buffer],
    known: Sequence[Symbol],
    ends: Mapping[int, int],
    pointers: Iterable[int] = (),
    shift: int = 0,
) -> Discovered:
    """Find the functions of executable sections.

    `known` are the symbols that there are, `ends` further starts with their ends (0 for one that is not known),
    `pointers` addresses that the data holds; a function without a name is called by its address less `shift`.

    Nothing is searched for in code without the bytes of a TDX instruction, or in more of it than `_LARGEST`: there call
    sites have no function, and are not covered by a proof.
    """
    texts = {section: bytes(code(section)) for section in sections if section.executable}
    if sum(map(len, texts.values())) > _LARGEST or not any(True for text in texts.values() for _ in candidates(text)):
        return Discovered(known, sections, {})
    names = {symbol.address: symbol.name for symbol in reversed(known) if symbol.function}
    sized = {symbol.address: symbol.address + symbol.size for symbol in known if symbol.function and symbol.size}
    ends = {**ends, **sized}
    symbols = [symbol for symbol in known if not symbol.function or names[symbol.address] != symbol.name]
    parts: dict[int, int] = {}
    guessed: set[int] = set()
    for section, text in texts.items():
        flow = Flow(text, section.address)
        inside = [start for start in {*names, *ends} if flow.low <= start < flow.high]
        search = _Search(flow)
        for start, end, outside in search.functions(sorted(inside), ends, pointers):
            symbols.append(Symbol(names.get(start, f"sub_{start - shift:x}"), start, end - start, function=True))
            parts.update(dict.fromkeys(outside, start))
        guessed |= search.guessed
    return Discovered(symbols, sections, parts, guessed)


class _Search:
    """The starts of one section, and what was seen to be reached from them."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._reached: set[int] = set()
        self._starts: set[int] = set()
        self._ordered: list[int] = []
        self._taken: set[int] = set()
        self._cases: dict[int, list[int]] = {}
        self._switches: dict[int, bool] = {}
        self.guessed: set[int] = set()

    def functions(
        self, known: Sequence[int], ends: Mapping[int, int], pointers: Iterable[int]
    ) -> Sequence[tuple[int, int, list[int]]]:
        """Start, end and outlying instructions of each function, by start."""
        self._follow(known)
        self._follow_taken(pointers)
        sure = set(self._starts)
        self._fill_gaps()
        self.guessed = self._starts - sure
        return [self._extent(start, end, ends) for start, end in pairwise([*self._ordered, self._flow.high])]

    def _follow(self, starts: Iterable[int]) -> None:
        """Accept starts, and all that they call."""
        flow, pending = self._flow, list(starts)
        while pending:
            start = pending.pop()
            if start in self._starts or not flow.low <= start < flow.high:
                continue
            self._starts.add(start)
            insort(self._ordered, start)
            pending += self._enter(flow.reach([start], self._reached).steps)

    def _enter(self, addresses: set[int]) -> Iterator[int]:
        """Note what is reached; yield what it calls."""
        self._reached |= addresses
        for address in addresses:
            step = self._flow.steps[address]
            if step.target is not None and step.mnemonic == "call":
                yield step.target
            if step.refers is not None:
                self._taken.add(step.refers)

    def _follow_taken(self, pointers: Iterable[int]) -> None:
        """Accept addresses that are taken, in code or data, of what is not reached yet and looks like code."""
        tried: set[int] = set()
        waiting = {*pointers, *self._taken}
        while waiting:
            for address in sorted(waiting):
                if (
                    self._flow.low <= address < self._flow.high
                    and address not in self._reached
                    and self._likely(address)
                ):
                    self._follow([address])
            tried |= waiting
            waiting = self._taken - tried

    def _likely(self, start: int) -> bool:
        """Whether code starts here: all of it decodes, and none of it lies across what is reached."""
        found = self._flow.reach([start], self._reached, all_or_none=True)
        steps = self._flow.steps
        inside = (at for address in found.steps for at in range(address + 1, steps[address].end))
        return found.decodes and len(found.steps) >= _LEAST and self._reached.isdisjoint(inside)

    def _fill_gaps(self) -> None:
        """Accept what stands behind the end of a function, where no function leads and code decodes.

        Without padding in between it belongs to that function, if that one jumps by a table.
        """
        position = self._flow.low
        while position < self._flow.high:
            if position in self._reached:
                position = self._flow.steps[position].end
                continue
            start = self._flow.padding(position)
            if start in self._reached or start >= self._flow.high:
                position = max(start, position + 1)
            elif not self._likely(start):
                position = (start + _ALIGNMENT) & -_ALIGNMENT  # data; code behind it is aligned again
            elif start == position and (owner := self._switching(start)) is not None:
                self._cases.setdefault(owner, []).append(start)
                self._follow(self._enter(self._flow.reach([start], self._reached).steps))
            else:
                self._follow([start])

    def _switching(self, address: int) -> int | None:
        """Return the start before an address, if its function jumps by a table."""
        before = bisect_left(self._ordered, address)
        owner = self._ordered[before - 1] if before else address
        if owner not in self._switches:
            self._switches[owner] = self._flow.reach([owner], self._starts).switches
        return owner if self._switches[owner] else None

    def _extent(self, start: int, following: int, ends: Mapping[int, int]) -> tuple[int, int, list[int]]:
        flow = self._flow
        seen = flow.reach([start, *self._cases.get(start, ())], self._starts).steps
        own = [address for address in seen if start <= address < following]
        end = max((flow.steps[address].end for address in own), default=start + 1)
        end = min(max(end, ends.get(start, 0)), following)
        return start, end, [address for address in seen if not start <= address < end]
