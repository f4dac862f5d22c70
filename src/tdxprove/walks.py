"""Pointers that a loop moves on: not where they point is forgotten, but how far they went.

Those into the frame, whose place is a secret while how far they went is none, and others as often as the VMM says.

Where a counter grows with the pointer, the distance is so many times the counter (an induction variable in the sense of
compilers), and bounded where the counter is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tdxprove import symbols
from tdxprove.address import ADDRESSES, addends
from tdxprove.angr_api import Ast
from tdxprove.exploration import Exploration
from tdxprove.registers import GPRS
from tdxprove.rounds import Place
from tdxprove.symbols import Origin
from tdxprove.thread import Thread
from tdxprove.vex import get_register

_FRAME: Final = frozenset({symbols.entry("rsp")})

FARTHEST: Final = 1 << 12
"""A pointer that moves by more in a round walks through no object that is looked at."""


@dataclass(frozen=True, eq=False)
class Walk:
    """A pointer that began at `start`, and moves by `stride` as often as `counter` grows by 1, from `origin` on.

    Without a counter nobody knows how often it moves; `stride` is the power of two that divides the distance then.
    """

    start: Ast
    stride: int
    counter: str = ""
    origin: int = 0

    @property
    def in_frame(self) -> bool:
        """Did it begin in the frame?"""
        return bool(self.start.variables == _FRAME)

    def pointer(self, distance: Ast, counter: Ast | None) -> Ast:
        """Where it points, by how far it went, or by what the counter is."""
        return self.start + distance if counter is None else self.start + self.stride * (counter - self.origin)


class Head(Protocol):
    """What is known at the head of a loop before a round."""

    first: Thread
    current: Any
    """The state from which the round came: that of the first visit, with what is forgotten by now."""

    forgotten: dict[Place, frozenset[Origin]]
    walks: dict[Place, Walk]


def walk(head: Head, thread: Thread, place: Place, whose: frozenset[Origin]) -> Walk | None:
    """How a round moves a pointer on; None if it does not, or the VMM has no part in how often."""
    if place not in GPRS or whose != {Origin.VMM}:
        return None
    start = get_register(head.first.state, place)
    if not start.variables or symbols.taint(start.variables):
        return None
    return _from(start, head, thread, str(place))


def walk_in_frame(head: Head, thread: Thread, place: Place) -> Walk | None:
    """How a round moves a pointer into the frame on; None if it is none, or is set to something else."""
    if place not in GPRS:
        return None
    start = get_register(head.first.state, place)
    if start.variables != _FRAME:
        return None
    if place not in head.forgotten:
        return _from(start, head, thread, str(place))
    known = head.walks.get(place)
    return known if known is not None and not went(known, thread, place) & _FRAME else None


def went(walk: Walk, thread: Thread, place: Place) -> frozenset[str]:
    """What it depends on how far a pointer went until now."""
    parts, _ = addends(get_register(thread.state, str(place)) - walk.start)
    return frozenset().union(*(part.variables for part, _ in parts))


def rounds(first: Thread, thread: Thread) -> int:
    """How often a path came back to the head of a loop since its first visit."""
    return max(thread.trace[len(first.trace) :].count(thread.pc), 1)


def _from(start: Ast, head: Head, thread: Thread, place: str) -> Walk | None:
    distance = _moved(head, thread, place)
    if not 0 < distance < FARTHEST:
        return None
    for register in GPRS:
        origin, steps = get_register(head.first.state, register), _moved(head, thread, register)
        if origin.op == "BVV" and steps and distance % steps == 0:
            return Walk(start, distance // steps, register, origin.args[0])
    distance //= rounds(head.first, thread)
    return Walk(start, distance & -distance)


def _moved(head: Head, thread: Thread, register: str) -> int:
    """By how much a round has changed a register; 0 if that is no number, or less than nothing."""
    was, now = (get_register(state, register) for state in (head.current, thread.state))
    parts, distance = addends(now - was)
    return 0 if parts or distance % ADDRESSES >= ADDRESSES // 2 else distance % ADDRESSES


def continued(
    x: Exploration, head: Head, thread: Thread, place: Place, known: Walk, forgotten: Collection[Place]
) -> Walk:
    """The walk as it is known after one more round: without its counter, if that does not keep step.

    Where it was forgotten as something else until now, only the next round can tell.
    """
    if not known.counter or (known is not head.walks.get(place) and place in head.forgotten):
        return known
    if known.counter in forgotten:
        pointer = known.pointer(known.start, get_register(thread.state, known.counter))
        apart = x.translate(get_register(thread.state, str(place)) != pointer)
        if not x.solver.possible(thread.condition, [apart]):
            return known
    return Walk(known.start, known.stride & -known.stride)
