"""Upper bounds of what a loop forgets: guessed from what its code compares with, proved round by round.

A counter that is forgotten could be anything, and what it indexes lie anywhere. That it stays below a limit is an
inductive invariant if it holds at the first visit of the loop's head, and again after every round from a state in which
it holds: then no round leads to a state without it. Of all guesses those are kept that no round refutes (Flanagan and
Leino, Houdini, 2001). A limit is a number, or a value that nobody changes in the loop.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Protocol

import z3

from tdxprove import symbols, walks
from tdxprove.address import ADDRESSES, beyond
from tdxprove.exploration import Exploration
from tdxprove.instructions import decode
from tdxprove.registers import GPRS, whole
from tdxprove.rounds import Place
from tdxprove.solver import Answer
from tdxprove.symbols import Origin
from tdxprove.terms import related, symbols_of
from tdxprove.thread import Thread
from tdxprove.vex import get_register
from tdxprove.walks import FARTHEST, Walk

_NUMBER: Final = re.compile(r", (0x[0-9a-f]+|[0-9]+)")
_LARGEST: Final = 1 << 20
"""A larger number counts nothing that is looked at: it is a pattern of bits, an address, or a negative number."""

_LONGEST: Final = 64
"""The largest number that a counter is thought to count in."""

_WIDTHS: Final = (8, 16, 32, 64)
_TOP: Final = -(2 << 20) % ADDRESSES
_NO_OBJECT_AT_TOP: Final = "no object reaches into the last 2 MiB of the address space"
"""Linux Documentation/arch/x86/x86_64/mm.rst: an unused hole."""


@dataclass(frozen=True, eq=False)
class Bound:
    """What a register holds, or how far a pointer went, is at most `limit`, and a multiple of `step`.

    With `start` the limit is an address: a pointer that began there goes no further than one step beyond the later of
    the two, if objects can be there at all.
    """

    limit: z3.BitVecRef
    step: int
    start: z3.BitVecRef | None = None

    @property
    def given(self) -> list[z3.BoolRef]:
        """What is assumed of what is accessed there."""
        return [] if self.start is None else [z3.ULE(_object(at), _TOP) for at in (self.limit, self.start)]

    def excess(self, value: z3.BitVecRef) -> z3.BoolRef:
        """That a value is not as the bound says."""
        if self.start is None:
            beyond_limit = z3.UGT(value, self.limit)
        else:
            pointer = self.start + value
            later = z3.If(z3.ULT(self.limit, self.start), self.start, self.limit)
            beyond_limit = z3.Or(z3.UGT(pointer, later + FARTHEST), z3.ULT(pointer, self.start))
        return z3.simplify(z3.And(*self.given, z3.Or(beyond_limit, value & (self.step - 1) != 0)))


def _object(address: z3.BitVecRef) -> z3.BitVecRef:
    """An address without the number in it: heads of one loop assume the same of what begins, or ends, there."""
    address = z3.simplify(address)
    numbered = z3.is_app_of(address, z3.Z3_OP_BADD) and z3.is_bv_value(address.arg(0))
    return z3.simplify(address - address.arg(0)) if numbered else address


Chain = tuple[Bound, ...]
"""Bounds of which each follows from the one before it."""

Walks = Mapping[Place, Walk]
Bounds = Mapping[Place, tuple[Chain, ...]]
"""What holds of a register at the head of a loop."""


class Head(walks.Head, Protocol):
    """What is known at the head of a loop before a round."""

    bounds: Bounds


def bounded(
    x: Exploration, head: Head, thread: Thread, forgotten: Mapping[Place, frozenset[Origin]], walking: Walks
) -> dict[Place, tuple[Chain, ...]]:
    """Bounds that hold at the first visit of a head and after this round, of those that were known or could be.

    What is guessed of something that was forgotten before, when less was known of it, the next round has to confirm.
    """
    found: dict[Place, tuple[Chain, ...]] = {}
    for place, whose in forgotten.items():
        if not isinstance(place, str) or place not in GPRS:
            continue
        walk = walking.get(place)
        counted = walk is not None and walk.counter
        in_frame = walk is not None and walk.in_frame
        secret = not in_frame and symbols.taint(get_register(head.first.state, place).variables)
        if counted or Origin.NOBODY in whose or secret:
            found[place] = ()
            continue
        joins = Origin.VMM in whose and Origin.VMM not in head.forgotten.get(place, ())
        guesses: list[Iterator[Chain]] = []
        if walk is not None and walk is not head.walks.get(place):
            known: tuple[Chain, ...] = ()
            guesses = [_before_ends(x, head.first, thread, walk)]
        else:
            known = _kept(x, [thread], place, walk, head.bounds.get(place, ()))
            guesses += [_numbers(x, head.first, thread, place)] if place not in head.bounds else []
            # A loop that ends where two values are equal bounds nothing by itself.
            new = joins or place not in head.bounds
            guesses += [_values(x, head.first, thread, place)] if walk is None and new else []
        asked = [head.first] if place in head.bounds else [head.first, thread]
        found[place] = known + _kept(x, asked, place, walk, chain.from_iterable(guesses))
    return found


def assume(x: Exploration, thread: Thread, bounds: Bounds, walking: Walks) -> int:
    """Suppose that the bounds hold, if objects are where objects can be; how many conditions that are.

    That they are is not supposed: what is compared with a pointer may be no address, and decide something else later.
    """
    held = [(str(place), one[0]) for place, chains in bounds.items() for one in chains]
    supposed = [z3.Not(b.excess(_distance(x, thread, place, walking.get(place)))) for place, b in held]
    thread.condition += supposed
    thread.limits = (*thread.limits, *(_behind(one) for chains in bounds.values() for one in chains))
    thread.bounded |= {n for place, _ in held for n in symbols_of(_distance(x, thread, place, walking.get(place)))}
    thread.assumptions |= {_NO_OBJECT_AT_TOP for _, bound in held if bound.given}
    return len(supposed)


def _behind(bounds: Chain) -> z3.BitVecRef:
    """Where a counter may be after one more round: how far it may count at all."""
    lowest = bounds[0].limit
    return z3.simplify(lowest + 1) if z3.is_bv_value(lowest) else bounds[-1].limit


def _kept(
    x: Exploration, threads: Sequence[Thread], place: str, walk: Walk | None, chains: Iterable[Chain]
) -> tuple[Chain, ...]:
    """What holds of some bounds on all threads: if the last of a chain does not, nor does any before it."""

    def stays(bound: Bound) -> bool:
        return all(_stays(x, thread, place, walk, bound) for thread in threads)

    found = []
    for bounds in chains:
        if bounds and stays(bounds[-1]):
            lowest = bisect_left(bounds[:-1], True, key=stays)
            found.append(bounds[lowest:])
    return tuple(found)


def _stays(x: Exploration, thread: Thread, place: str, walk: Walk | None, bound: Bound) -> bool:
    excess = bound.excess(_distance(x, thread, place, walk))
    if z3.is_false(excess):
        return True
    if bound.start is None:
        return not x.solver.possible(thread.condition, [excess])
    # Sums that carry, compared with each other: this takes about a second.
    return x.solver.check(*related(thread.condition, [excess]), excess)[0] is Answer.UNSAT


def _distance(x: Exploration, thread: Thread, place: str, walk: Walk | None) -> z3.BitVecRef:
    """What of a register is bounded: of a pointer, how far it went."""
    value = get_register(thread.state, place)
    term: z3.BitVecRef = x.translate(value if walk is None else beyond(value, walk.start))
    return term


# -- guesses ----------------------------------------------------------------------------------------------------------


def _values(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[Chain]:
    """Values that a counter may not exceed."""
    began, now = (get_register(one.state, place) for one in (first, thread))
    if all(map(symbols.is_forgotten, now.variables - began.variables)):  # it counts, and is nothing new
        step = _step(x, first, thread, place)
        for end in _different((*_ends(first, thread), *_compared(x, first, thread), x.translate(began))):
            if not z3.is_bv_value(end) and _can_be_small(x, end):
                yield _and_before(x, first, end, step)


def _step(x: Exploration, first: Thread, thread: Thread, place: str) -> int:
    """What a counter counts in, if that is a power of two, as in loops that are unrolled; else 1."""
    began, now = (x.translate(get_register(one.state, place)) for one in (first, thread))
    counted = z3.simplify(now - began)
    step: int = counted.as_long() // walks.rounds(first, thread) if z3.is_bv_value(counted) else 1
    return step if 1 < step <= _LONGEST and step & (step - 1) == 0 else 1


def _before_ends(x: Exploration, first: Thread, thread: Thread, walk: Walk) -> Iterator[Chain]:
    """How far a pointer may go: to an address that it is compared with, or as far as a number says."""
    held = [get_register(first.state, register) for register in GPRS]  # in numbers nothing may be left to compare
    if walk.in_frame:
        yield from _in_frame(x, first, walk, held)
        return
    near = [x.translate(v) for v in held if v.variables & walk.start.variables and not symbols.taint(v.variables)]
    start = z3.simplify(x.translate(walk.start))
    for end in _different(end for end in (*_ends(first, thread), *near) if _can_be_small(x, end)):
        distance = z3.simplify(end - start)
        apart = symbols_of(distance).isdisjoint(symbols_of(start))
        if not apart:
            yield (Bound(end, walk.stride, start),)
        for limit in (distance, end) if apart else (end,):
            if not z3.is_bv_value(limit) or 0 < limit.as_long() <= _LARGEST:
                yield _and_before(x, first, limit, walk.stride)


def _in_frame(x: Exploration, first: Thread, walk: Walk, held: Iterable[Any]) -> Iterator[Chain]:
    """How far a pointer into the frame may go: to another one that is there."""
    start = x.translate(walk.start)
    ends = (value for value in held if value.variables == walk.start.variables)
    for distance in _different(x.translate(end) - start for end in ends):
        if z3.is_bv_value(distance) and 0 < distance.as_long() <= _LARGEST:
            yield _and_before(x, first, distance, walk.stride)


def _can_be_small(x: Exploration, limit: z3.BitVecRef) -> bool:
    """Whoever chooses a limit can choose a small one: otherwise it is none, but a pattern of bits."""
    return x.solver.possible([], [z3.ULE(limit, FARTHEST)])


def _different(terms: Iterable[z3.BitVecRef]) -> Iterable[z3.BitVecRef]:
    return {term.get_id(): term for term in map(z3.simplify, terms)}.values()


def _and_before(x: Exploration, first: Thread, limit: z3.BitVecRef, step: int) -> Chain:
    """A limit, behind what comes before it if it is not 0: what comes before that would be no limit."""
    lower = (less for less in sorted({1, step}, reverse=True))
    before = (
        z3.simplify(limit - less) for less in lower if not x.solver.possible(first.condition, [z3.ULT(limit, less)])
    )
    return tuple(Bound(one, step) for one in (*before, limit))


def _numbers(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[Chain]:
    """Numbers that a round compares with, also in registers that hold them, and those next to them."""
    addresses = set(thread.trace[len(first.trace) :])
    compared = {number for address in addresses for number in _compared_with(x, first.state, address)}
    for step in sorted({1, _step(x, first, thread, place)}):
        near = {number + one for number in compared for one in (-step, 0, step) if number % step == 0}
        yield tuple(Bound(z3.BitVecVal(number, 64), step) for number in sorted(near) if 0 < number <= _LARGEST)


def _compared_with(x: Exploration, state: Any, address: int) -> Iterator[int]:
    decoded = decode(x.image.fetch(address) or b"")
    if decoded.mnemonic != "cmp":
        return
    number = _NUMBER.search(decoded.operands)
    if number is not None:
        yield int(number[1], 0)
    for register in filter(None, map(whole, decoded.operands.split(", "))):
        value = get_register(state, register)
        if value.op == "BVV":
            yield value.args[0]


def _compared(x: Exploration, first: Thread, thread: Thread) -> Iterator[z3.BitVecRef]:
    """What is in the registers that a round compares with and does not change, no secret nor the VMM's.

    The same may be in what it branches on, but not in one piece: of a number of which a part is known, that is left.
    """
    for address in sorted(set(thread.trace[len(first.trace) :])):
        decoded = decode(x.image.fetch(address) or b"")
        for register in filter(None, map(whole, decoded.operands.split(", ") if decoded.mnemonic == "cmp" else ())):
            value = get_register(first.state, register)
            if value is get_register(thread.state, register) and not symbols.taint(value.variables):
                yield x.translate(value)


def _ends(first: Thread, thread: Thread) -> Iterator[z3.BitVecRef]:
    """What a round compares with that was there before the loop, no secret nor the VMM's: whole, then in parts."""
    there = {name for condition in first.condition for name in symbols_of(condition)}
    there |= {name for register in GPRS for name in get_register(first.state, register).variables}
    seen: set[int] = set()
    pending: list[z3.ExprRef] = list(thread.condition[len(first.condition) :])
    while pending:
        term = pending.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        names = symbols_of(term)
        pending += term.children() if names else ()
        if names and z3.is_bv(term) and term.size() in _WIDTHS and names <= there and not symbols.taint(names):
            yield z3.simplify(z3.ZeroExt(64 - term.size(), term))
