"""Upper bounds of what a loop forgets: guessed from the numbers that its code compares with, proved round by round.

A counter that is forgotten could be anything, and what it indexes lie anywhere. That it stays below a number is an
inductive invariant if it holds at the first visit of the loop's head, and again after every round from a state in which
it holds: then no round leads to a state without it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import z3

from tdxprove import symbols
from tdxprove.angr_api import Ast
from tdxprove.exploration import Exploration
from tdxprove.instructions import decode
from tdxprove.lift import fetch
from tdxprove.registers import GPRS
from tdxprove.rounds import Place
from tdxprove.symbols import Origin
from tdxprove.thread import Thread
from tdxprove.vex import get_register

_LARGEST: Final = 1 << 12
"""A larger number bounds no index that is looked at place by place."""

_NUMBER: Final = re.compile(r", (0x[0-9a-f]+|[0-9]+)")

Bounds = Mapping[Place, int | None]
"""The largest value that a register holds at the head of a loop, None where no number is known to be."""


def bounded(
    x: Exploration, first: Thread, thread: Thread, forgotten: Mapping[Place, frozenset[Origin]], known: Bounds
) -> dict[Place, int | None]:
    """Bounds that hold at the first visit of a head and after this round, none lower than those that were known."""
    found: dict[Place, int | None] = {}
    guesses: Collection[int] | None = None
    for place, whose in forgotten.items():
        if not isinstance(place, str) or place not in GPRS:
            continue
        entry, bound = get_register(first.state, place), known.get(place, 0)
        if bound is None or Origin.NOBODY in whose or symbols.taint(entry.variables):
            found[place] = None
        elif place in known and _stays(x, thread, place, bound):
            found[place] = bound
        else:
            guesses = sorted(_guesses(x, first, thread)) if guesses is None else guesses
            above = (guess for guess in guesses if guess > bound or place not in known)
            found[place] = next((g for g in above if all(_stays(x, t, place, g) for t in (first, thread))), None)
    return found


def assume(x: Exploration, thread: Thread, bounds: Bounds) -> int:
    """Suppose that the bounds hold; how many conditions that are."""
    conditions = [
        z3.ULE(x.translate(get_register(thread.state, str(place))), bound)
        for place, bound in bounds.items()
        if bound is not None
    ]
    thread.condition += conditions
    return len(conditions)


def _stays(x: Exploration, thread: Thread, place: str, bound: int) -> bool:
    value: Ast = get_register(thread.state, place)
    if value.op == "BVV":
        return bool(value.args[0] <= bound)
    return not x.solver.possible(thread.condition, [z3.UGT(x.translate(value), bound)])


def _guesses(x: Exploration, first: Thread, thread: Thread) -> set[int]:
    """What a counter may not exceed: numbers that a round compares with, those next to them, constants of its start."""
    compared = {number for address in set(thread.trace[len(first.trace) :]) for number in _compared_with(x, address)}
    held = (get_register(first.state, register) for register in GPRS)
    compared |= {value.args[0] for value in held if value.op == "BVV"}
    near = {number + step for number in compared for step in (-1, 0, 1)}
    return {number for number in near if 0 < number <= _LARGEST}


def _compared_with(x: Exploration, address: int) -> Iterator[int]:
    decoded = decode(fetch(x.image, address) or b"")
    number = _NUMBER.search(decoded.operands) if decoded.mnemonic == "cmp" else None
    if number is not None:
        yield int(number[1], 0)
