"""Loops whose number of rounds nobody knows: what a round changes is forgotten, up to a fixpoint.

At a branch that a path reaches again without knowing which way to go, everything that differs from its first visit is
replaced by fresh unknowns, and exploration goes on from there with the path condition of that first visit. A path that
comes back with no further difference is covered: whatever any number of rounds does, some path has done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tdxprove import symbols
from tdxprove.angr_api import Ast, symbol
from tdxprove.bytewise import Piece
from tdxprove.exploration import Exploration
from tdxprove.frame import Frame
from tdxprove.memory import RegionMemory
from tdxprove.path import EndKind, Path
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin
from tdxprove.terms import symbols_of
from tdxprove.thread import CutError, Thread
from tdxprove.vex import forget_flags, get_register, set_register

_ROUNDS: Final = 3
"""Rounds of a loop that are followed one by one, as long as there are few paths."""

_FEW_PATHS: Final = 24

_FLAGS: Final = "flags"
_HANDED: Final = "handed"
_THUNK: Final = ("cc_op", "cc_dep1", "cc_dep2", "cc_ndep")
_KEPT: Final = ("d", "ac", "id", "fs", "gs")
_VECTORS: Final = tuple(f"ymm{n}" for n in range(16))
Place = str | tuple[str, int]
"""A register, the arithmetic flags, a region other than the stack, a byte of the frame, or where it was handed out."""


@dataclass
class LoopHead:
    """A branch at its first visit as part of a loop, and what is forgotten there by now, each with who decides it."""

    number: int
    first: Thread
    forgotten: dict[Place, Origin] = field(default_factory=dict)
    current: Any = None
    widenings: int = 0
    escaped: frozenset[int] = frozenset()
    """Places of the frame whose address rounds have given away."""


def loop(x: Exploration, thread: Thread) -> Iterator[Thread | Path] | None:
    """What becomes of a path at a branch that it has met before; None if it goes on as it is.

    Raises:
        CutError: a round changes what can not be forgotten.
    """
    key = (thread.pc, tuple(thread.callers))
    place = (*key, thread.detours.active)
    head = thread.loops.get(place)
    if head is None:
        head = thread.loops[place] = LoopHead(next(x.loop_numbers), thread.fork(thread.state.copy(), []))
        head.current = head.first.state
        return None
    if thread.entering is head:
        thread.entering = None
        return None
    rounds = thread.undecided[key]
    if not rounds or (rounds < _ROUNDS and len(x.paths) + len(x.pending) < _FEW_PATHS):
        return None
    if not x.forgets_calls and len(thread.calls) > len(head.first.calls):
        return None  # what a contract says of a call is not forgotten with the round that made it
    return _round(x, thread, head)


def _round(x: Exploration, thread: Thread, head: LoopHead) -> Iterator[Thread | Path]:
    decided = frozenset().union(*(symbols_of(c) for c in thread.condition[len(head.first.condition) :]))
    secret = {name for c in thread.condition[x.given :] for name in symbols_of(c) if symbols.is_secret(name)}
    if secret:
        # Two runs that agree on what is public enter the same loop and leave it after as many rounds: so what comes
        # after forgotten rounds is compared with what comes after the same loop, and with nothing else.
        raise CutError(f"a loop without a known bound depends on something secret: {', '.join(sorted(secret))}")
    wider = dict(head.forgotten)
    for place, names in _differences(head, thread):
        origin = _origin(names | decided)
        if _RANKS.index(origin) > _RANKS.index(head.forgotten.get(place, origin)) or place not in wider:
            wider[place] = origin
        if isinstance(place, str) and place not in (*GPRS, *_VECTORS, _FLAGS) and origin is not Origin.MEMORY:
            raise CutError(f"a loop without a known bound writes into {place} what is secret or chosen by the VMM")
    thread.assumptions.add("what comes behind a loop without a known bound is reached: the loop ends")
    escaped = head.escaped | thread.state.memory.frame.escaped
    if wider != head.forgotten or escaped - head.current.memory.frame.escaped:
        head.forgotten, head.escaped = wider, escaped
        yield _widened(head)
    yield x.end(thread, EndKind.COVERED, "one more round of a loop, which another path covers")


_RANKS: Final = (Origin.MEMORY, Origin.VMM, Origin.NOBODY)


def _origin(names: frozenset[str]) -> Origin:
    """Who decides a value: whoever chose what it is computed from, or a branch on the way to it."""
    taint = symbols.taint(names)
    if len(taint) > 1:
        raise CutError("a loop without a known bound mixes what the VMM chose with what it must not see")
    return next(iter(taint), Origin.MEMORY)


# -- what a round changes ----------------------------------------------------------------------------------------------


def _differences(head: LoopHead, thread: Thread) -> Iterator[tuple[Place, frozenset[str]]]:
    """Places that differ from what the loop was entered with, each with the symbols of what is there now."""
    old, new = head.current, thread.state
    if old.memory.frame.floor != new.memory.frame.floor:
        raise CutError("a round of a loop without a known bound changes the stack pointer")
    if old.globals["if"] is not new.globals["if"]:
        raise CutError("a round of a loop without a known bound changes the interrupt flag")
    for register in _KEPT:
        if not _same(old.registers.load(register), new.registers.load(register)):
            raise CutError(f"a round of a loop without a known bound changes {register}")
    for register in GPRS:
        if register == "rsp":
            continue  # the same distance from its entry value, however it is written
        value = get_register(new, register)
        if not _same(get_register(old, register), value) or register in head.forgotten:
            yield register, _names(value, head, register, get_register(old, register))
    for register in _VECTORS:
        before, value = old.registers.load(register), new.registers.load(register)
        if not _same(before, value) or register in head.forgotten:
            yield register, _names(value, head, register, before)
    thunk = [new.registers.load(part) for part in _THUNK]
    if any(not _same(old.registers.load(part), value) for part, value in zip(_THUNK, thunk, strict=True)):
        yield _FLAGS, frozenset().union(*(value.variables for value in thunk))
    yield from _memory_differences(old.memory, new.memory)
    yield from _frame_differences(old.memory.frame, new.memory.frame)


def _same(one: Ast, other: Ast) -> bool:
    return one is other or one.hash() == other.hash()


def _names(value: Ast, head: LoopHead, place: Place, old: Ast) -> frozenset[str]:
    """The symbols of a value; none if it is what was forgotten, untouched."""
    return frozenset() if place in head.forgotten and _same(old, value) else frozenset(value.variables)


def _frame_differences(old: Frame, new: Frame) -> Iterator[tuple[Place, frozenset[str]]]:
    yield from _handed(old.handed, new.handed)
    was, now = old.written.pieces, new.written.pieces
    for at in sorted({*was, *now}):
        if not _same_piece(was.get(at), now.get(at)):
            piece = now.get(at)
            lost = frozenset({symbols.BELOW_RSP})  # it was popped: an interrupt may have been there
            yield (symbols.STACK, at), lost if piece is None else frozenset(piece[0].variables)


def _memory_differences(old: RegionMemory, new: RegionMemory) -> Iterator[tuple[Place, frozenset[str]]]:
    if new.history.stored - old.history.stored:
        raise CutError("a round of a loop without a known bound stores what is secret or chosen by the VMM")
    for region in sorted({*old.contents, *new.contents}):
        before, after = old.contents.get(region), new.contents.get(region)
        was, now = (c.written.pieces if c is not None else {} for c in (before, after))
        if was.keys() != now.keys() or not all(_same_piece(was[at], now[at]) for at in was):
            yield region, frozenset().union(*(value.variables for value, _ in now.values()))
        elif (before.generation if before else 0) != (after.generation if after else 0):
            yield region, frozenset()


def _handed(old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[tuple[Place, frozenset[str]]]:
    """Parts of the frame that a round hands out, or others that do so again: whose they are now."""
    for start in old.keys() | new.keys():
        hiding = max((at for at in new if at <= start), default=None)
        before = old.get(start, symbols.BELOW_RSP)
        after = symbols.BELOW_RSP if hiding is None else new[hiding]
        if before != after:
            yield (_HANDED, start), frozenset({before, after})


def _same_piece(one: Piece | None, other: Piece | None) -> bool:
    return one is other or (one is not None and other is not None and one[1] == other[1] and _same(one[0], other[0]))


# -- forgetting --------------------------------------------------------------------------------------------------------


def _widened(head: LoopHead) -> Thread:
    """The thread of the first visit, with fresh unknowns for what rounds change."""
    head.widenings += 1
    thread = head.first.fork(head.first.state.copy(), [])
    thread.loops[thread.pc, tuple(thread.callers), thread.detours.active] = head
    thread.undecided[thread.pc, tuple(thread.callers)] = _ROUNDS
    state = thread.state
    memory: RegionMemory = state.memory
    frame = memory.frame
    for place, origin in head.forgotten.items():
        where = place if isinstance(place, str) else f"{place[0]}_{-place[1]:#x}"
        name = symbols.forgotten(origin, head.number, head.widenings, where)
        if isinstance(place, tuple) and place[0] == _HANDED:
            author = symbols.forgotten(origin, head.number, head.widenings, symbols.STACK)
            frame.handed[place[1]] = author
        elif isinstance(place, tuple):
            frame.written.write(place[1], symbol(name, 8))
        elif place == _FLAGS:
            forget_flags(state, symbol(name, 64))
        elif place in GPRS:
            set_register(state, place, symbol(name, 64))
        elif place in _VECTORS:
            state.registers.store(place, symbol(name, 256))
        else:
            memory.forget(place)
    frame.escaped |= head.escaped
    memory.history.record(f"round {head.number} {head.widenings}")  # what a pointer led to may be something else now
    head.current = state.copy()
    thread.entering = head
    thread.rounds = (*thread.rounds, (head.number, head.widenings))
    return thread
