"""Paths that come to the same place become one, so that a function of many small branches has few paths.

What the two differ by depends afterwards on an unknown of one bit, the selector, and the path condition says which of
the two pasts goes with which value of it: no execution is lost and none is added, but where something is forgotten
that neither past knows of the other. A selector follows from the pasts, so two runs never share it (tdxprove.terms).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final

import z3

from tdxprove import symbols
from tdxprove.address import UnresolvedAddressError
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.bytewise import Bytes
from tdxprove.exploration import Exploration
from tdxprove.frame import Frame
from tdxprove.memory import Contents, RegionMemory
from tdxprove.ordering import Order
from tdxprove.registers import GPRS
from tdxprove.rounds import FLAGS, KEPT, VECTORS, held, same
from tdxprove.symbols import Origin
from tdxprove.terms import symbols_of
from tdxprove.thread import Thread
from tdxprove.vex import forget_flags

_UNKNOWN: Final = "merged"
_BEFORE: Final = 1e-3


def position(order: Order, thread: Thread) -> tuple[float, ...]:
    """Where a thread is in the order of the code: what leads to a place comes before what waits there.

    Inside what the kernel puts in the place of its code, it is just before where that leads back to.
    """
    detours = thread.detours.active
    here = order.of(detours[0][2]) - _BEFORE if detours else order.of(thread.pc)
    return (*map(order.of, thread.callers), here)


def merge(x: Exploration, thread: Thread) -> Thread:
    """The thread, made one with all those that wait at the same place and can be told as one with it."""
    for other in list(x.pending):
        if other.pc == thread.pc and (both := _merged(x, thread, other)) is not None:
            x.pending.remove(other)
            thread = both
    return thread


def _merged(x: Exploration, one: Thread, other: Thread) -> Thread | None:
    if not _may_merge(one, other):
        return None
    shared = [
        a for a, b in takewhile(lambda pair: pair[0].eq(pair[1]), zip(one.condition, other.condition, strict=False))
    ]
    rests = [thread.condition[len(shared) :] for thread in (one, other)]
    lengths = [len(thread.trace) for thread in (one, other)]
    pasts = [thread.state.memory.history.digest for thread in (one, other)]
    number = _fingerprint(one.pc, *lengths, *pasts, *([c.hash() for c in rest] for rest in rests))
    whose = symbols.taint(name for rest in rests for c in rest for name in symbols_of(c))
    bits = [symbol(symbols.selector(who, number), 1) for who in sorted(whose) or [Origin.SYSTEM]]
    selector = bits[0] if len(bits) == 1 else bits[0] ^ bits[1]
    chosen = x.translate(selector) == 1
    merger = _Merger(selector == 1, whose, number)
    both = one.fork(one.state.copy(), [])
    try:
        merger.states(both.state, other.state)
    except UnresolvedAddressError:
        return None  # memory would have to be forgotten that may hold a secret, or what the VMM chose
    for bit in bits:
        x.ways[bit.args[0]] = z3.And(z3.BoolVal(bit is bits[0]), *rests[0])
    both.condition = [*shared, z3.Or(z3.And(chosen, *rests[0]), z3.And(z3.Not(chosen), *rests[1]))]
    _join_histories(both, one, other)
    both.public = min(one.public, other.public, len(shared))
    return both


def _may_merge(one: Thread, other: Thread) -> bool:
    """Have both made the same calls, with the same stack, and do neither other flags nor loops tell them apart?"""
    frames = [thread.state.memory.frame for thread in (one, other)]
    place = (one.pc, tuple(one.callers), one.detours.active)
    return (
        one.callers == other.callers
        and one.settled == other.settled
        and one.detours.active == other.detours.active
        and one.entering is other.entering
        and one.rounds == other.rounds
        and one.loops.get(place) is other.loops.get(place)
        and one.visits[one.pc] == other.visits[one.pc]
        and len(one.calls) == len(other.calls)
        and all(a is b for a, b in zip(one.calls, other.calls, strict=True))
        and not (one.state.memory.outside or other.state.memory.outside)
        and frames[0].floor == frames[1].floor
        and all(same(*(thread.state.registers.load(r) for thread in (one, other))) for r in ("rsp", *KEPT))
    )


def _join_histories(both: Thread, one: Thread, other: Thread) -> None:
    """What happened on the one way or the other has happened, and what both agree on is still known."""
    longer, shorter = sorted((one.trace, other.trace), key=len, reverse=True)
    both.trace = longer + sorted(set(shorter) - set(longer))  # never shorter: its length numbers what is unknown
    both.accesses = _joined(one.accesses, other.accesses)
    both.transfers = _joined(one.transfers, other.transfers)
    both.assumptions = one.assumptions | other.assumptions
    both.seen = {key: kept for key, kept in one.seen.items() if other.seen.get(key) is kept}
    both.system = dict(one.system.items() & other.system.items())
    both.standing = dict(one.standing.items() & other.standing.items())
    both.loops = {place: head for place, head in one.loops.items() if other.loops.get(place) is head}
    both.undecided = one.undecided | other.undecided
    both.visits = one.visits | other.visits


def _fingerprint(*what: object) -> int:
    """The same for what is merged alike on two paths that differ elsewhere, so that both name alike what is unknown."""
    return zlib.crc32(" ".join(map(str, what)).encode())


def _joined(first: list[Any], second: list[Any]) -> list[Any]:
    known = {id(item) for item in first}
    return [*first, *(item for item in second if id(item) not in known)]


class _Merger:
    """Makes one state of two, under a guard that says which of them it was."""

    def __init__(self, guard: Ast, whose: frozenset[Origin], number: int) -> None:
        self._guard = guard
        self._whose = whose
        self._number = number

    def states(self, state: Any, other: Any) -> None:
        """`state` becomes both.

        Raises:
            UnresolvedAddressError: what memory holds can not be told.
        """
        for register in (*GPRS, *VECTORS):
            one, two = state.registers.load(register), other.registers.load(register)
            if not same(one, two):
                state.registers.store(register, claripy.If(self._guard, one, two))
        thunks = [held(each, FLAGS) or [] for each in (state, other)]
        if not all(map(same, *thunks)):  # nobody looks at flags behind a join
            forget_flags(state, self._unknown([value for thunk in thunks for value in thunk]))
        if not same(state.globals["if"], other.globals["if"]):
            state.globals["if"] = claripy.If(self._guard, state.globals["if"], other.globals["if"])
        self._memories(state.memory, other.memory)

    def _unknown(self, values: Sequence[Ast]) -> Ast:
        number = _fingerprint(self._number, *(value.hash() for value in values))
        whose = self._whose | symbols.taint(name for value in values for name in value.variables)
        names = [symbols.forgotten(who, number, 0, _UNKNOWN) for who in sorted(whose) or [Origin.MEMORY]]
        value = symbol(names[0], 64)
        return value if len(names) == 1 else value ^ symbol(names[1], 64)

    def _memories(self, memory: RegionMemory, other: RegionMemory) -> None:
        memory.history.stored |= other.history.stored
        memory.history.writes = max(memory.history.writes, other.history.writes)
        if memory.history.digest != other.history.digest:
            memory.history.record("merged", self._number, other.history.digest)
            memory.history.stored |= self._whose  # whoever decided what was written is in what is read from now on
        for region in sorted({*memory.contents, *other.contents}):
            one, two = memory.contents.get(region, Contents()), other.contents.get(region, Contents())
            if one.forgotten == two.forgotten:
                memory.contents[region] = one
                self._bytes(region, memory, other, one.written, two.written)
            else:
                generation = max(one.generation, two.generation) + 1
                kind, past = memory.history.kind(), memory.history.digest
                memory.contents[region] = Contents(Bytes(), generation, kind, past)
        self._bytes(symbols.STACK, memory, other, memory.frame.written, other.frame.written)
        self._frames(memory.frame, other.frame)
        memory.reads = _joined(memory.reads, other.reads)
        memory.assumed |= other.assumed
        memory.handed_back |= other.handed_back
        for pointer, led in other.leading.items():
            memory.leading[pointer] = led if memory.leading.get(pointer, led) == led else ""
        memory.fresh = max(memory.fresh, other.fresh)

    def _bytes(self, region: str, memory: RegionMemory, other: RegionMemory, one: Bytes, two: Bytes) -> None:
        """Bytes that differ become what they are in either, whole words at once, so that addresses stay whole."""
        differing = sorted(
            at for at in {*one.pieces, *two.pieces} if not _same_piece(one.pieces.get(at), two.pieces.get(at))
        )
        for start, size in _runs(differing):
            values = [each.read(region, start, size) for each in (memory, other)]
            one.write(start, claripy.If(self._guard, *values))

    def _frames(self, frame: Frame, other: Frame) -> None:
        """What neither has written holds something that nobody chose, named anew where they disagree."""
        frame.saved = dict(frame.saved.items() & other.saved.items())
        frame.escaped |= other.escaped
        for start in sorted({*frame.handed, *other.handed}):
            one, two = _handed_at(frame, start), _handed_at(other, start)
            if one != two:
                number = _fingerprint(self._number, one, two)
                frame.handed[start] = symbols.forgotten(_worst({one, two}, self._whose), number, 0, symbols.STACK)
        if frame.lost == other.lost:
            frame.generation = max(frame.generation, other.generation)
            return
        frame.generation = max(frame.generation, other.generation) + 1
        below = max(offset for _, offset in {*frame.lost} ^ {*other.lost})
        frame.lost = [
            *(both for both in frame.lost if both in other.lost and both[1] > below),
            (frame.generation, below),
        ]


def _handed_at(frame: Frame, start: int) -> str:
    """Whose the part of the frame is that begins at an offset."""
    below = [at for at in frame.handed if at <= start]
    return frame.handed[max(below)] if below else symbols.BELOW_RSP


def _worst(names: set[str], whose: frozenset[Origin]) -> Origin:
    """Whose a part of the frame is that several may have left, and whose choice it was which of them did.

    Raises:
        UnresolvedAddressError: one of them is the VMM: a name has one origin.
    """
    origins = {symbols.origin_of(name) for name in names} | whose
    if Origin.VMM in origins and len(origins) > 1:
        raise UnresolvedAddressError("a part of the stack may be the VMM's")
    return origins.pop() if len(origins) == 1 else Origin.NOBODY


def _same_piece(one: Any, other: Any) -> bool:
    return one is not None and other is not None and one[1] == other[1] and same(one[0], other[0])


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Start and size of each run of neighbouring places inside one aligned word."""
    runs: list[tuple[int, int]] = []
    for at in places:
        if runs and at == sum(runs[-1]) and at % symbols.WORD:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((at, 1))
    return runs
