"""Upper bounds of what a loop forgets: guessed from what its code compares with, proved round by round.

A counter that is forgotten could be anything, and what it indexes lie anywhere. That it stays below a limit is an
inductive invariant if it holds at the first visit of the loop's head, and again after every round from a state in which
it holds: then no round leads to a state without it. Of all guesses those are kept that no round refutes (Flanagan and
Leino, Houdini, 2001). A limit is a number, or a value that nobody changes in the loop.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, Protocol

import z3

from tdxprove import symbols, walks
from tdxprove.address import beyond
from tdxprove.exploration import Exploration
from tdxprove.guesses import Bound, Chain, before_ends, equal, numbers, values
from tdxprove.registers import GPRS
from tdxprove.rounds import Place
from tdxprove.solver import Answer
from tdxprove.symbols import Origin
from tdxprove.terms import related, symbols_of
from tdxprove.thread import Thread
from tdxprove.vex import get_register
from tdxprove.walks import Walk

_NO_OBJECT_AT_TOP: Final = "no object reaches into the last 2 MiB of the address space"
"""Linux Documentation/arch/x86/x86_64/mm.rst: an unused hole."""

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
            guesses = [before_ends(x, head.first, thread, walk)]
        else:
            known = _kept(x, [thread], place, walk, head.bounds.get(place, ()))
            guesses += [numbers(x, head.first, thread, place)] if place not in head.bounds else []
            if walk is None:
                # What the VMM has no part in may be anything, as far as the caller is concerned: then only what the
                # loop ends by is tried.
                guesses += [values(x, head.first, thread, place)] if joins else []
                guesses += [equal(x, head.first, thread, place)] if place not in head.bounds else []
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
