"""Limits that may bound what a loop counts: guessed from what its code compares with (tdxprove.bounds proves them).

A limit is a number, or a value that nobody changes in the loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import z3

from tdxprove import symbols, walks
from tdxprove.address import ADDRESSES
from tdxprove.exploration import Exploration
from tdxprove.instructions import decode
from tdxprove.registers import GPRS, whole
from tdxprove.terms import symbols_of
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


def values(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[Chain]:
    """Values that a counter may not exceed."""
    began = x.translate(get_register(first.state, place))
    yield from _up_to(x, first, thread, place, (*_ends(first, thread), began))


def equal(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[Chain]:
    """Values that a counter is compared with: a branch that it equals one bounds nothing by itself."""
    yield from _up_to(x, first, thread, place, _compared(x, first, thread, place))


def _up_to(x: Exploration, first: Thread, thread: Thread, place: str, ends: Iterable[z3.BitVecRef]) -> Iterator[Chain]:
    began, now = (get_register(one.state, place) for one in (first, thread))
    if all(map(symbols.is_forgotten, now.variables - began.variables)):  # it counts, and is nothing new
        step = _step(x, first, thread, place)
        for end in _different(ends):
            if not z3.is_bv_value(end) and _can_be_small(x, end):
                yield _and_before(x, first, end, step)


def _step(x: Exploration, first: Thread, thread: Thread, place: str) -> int:
    """What a counter counts in, if that is a power of two, as in loops that are unrolled; else 1."""
    began, now = (x.translate(get_register(one.state, place)) for one in (first, thread))
    counted = z3.simplify(now - began)
    step: int = counted.as_long() // walks.rounds(first, thread) if z3.is_bv_value(counted) else 1
    return step if 1 < step <= _LONGEST and step & (step - 1) == 0 else 1


def before_ends(x: Exploration, first: Thread, thread: Thread, walk: Walk) -> Iterator[Chain]:
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


def numbers(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[Chain]:
    """Numbers that a round compares with, also in registers that hold them, and those next to them."""
    addresses = set(thread.trace[len(first.trace) :])
    compared = {number for address in addresses for number in _compared_with(x, first.state, address)}
    for step in sorted({1, _step(x, first, thread, place)}):
        near = {number + one for number in compared for one in (-step, 0, step) if number % step == 0}
        yield tuple(Bound(z3.BitVecVal(number, 64), step) for number in sorted(near) if 0 < number <= _LARGEST)


def _compared_with(x: Exploration, state: Any, address: int) -> Iterator[int]:
    decoded = decode(x.image.fetch(address) or b"")
    number = _NUMBER.search(decoded.operands) if decoded.mnemonic == "cmp" else None
    if number is not None:
        yield int(number[1], 0)
    for register in _operands(x, address):
        value = get_register(state, register)
        if value.op == "BVV":
            yield value.args[0]


def _compared(x: Exploration, first: Thread, thread: Thread, place: str) -> Iterator[z3.BitVecRef]:
    """What is in the registers that a round compares a counter with and does not change, no secret nor the VMM's."""
    for address in sorted(set(thread.trace[len(first.trace) :])):
        registers = _operands(x, address)
        for register in registers if place in registers else ():
            value = get_register(first.state, register)
            if value is get_register(thread.state, register) and not symbols.taint(value.variables):
                yield x.translate(value)


def _operands(x: Exploration, address: int) -> list[str]:
    """The registers that an instruction compares."""
    decoded = decode(x.image.fetch(address) or b"")
    return [*filter(None, map(whole, decoded.operands.split(", ")))] if decoded.mnemonic == "cmp" else []


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
