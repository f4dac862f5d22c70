"""What a round of a loop changes, place by place, and how that is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from tdxprove import symbols
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.bytewise import Piece
from tdxprove.frame import Frame
from tdxprove.memory import RegionMemory
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin
from tdxprove.thread import CutError
from tdxprove.vex import forget_flags, get_register, set_register

FLAGS: Final = "flags"
_HANDED: Final = "handed"
THUNK: Final = ("cc_op", "cc_dep1", "cc_dep2", "cc_ndep")
KEPT: Final = ("d", "ac", "id", "fs", "gs")
VECTORS: Final = tuple(f"ymm{n}" for n in range(16))
_WHOLE: Final = -1

Place = str | tuple[str, int]
"""A register, the arithmetic flags, a byte of the frame, where it was handed out, or, with `_WHOLE`, a whole region.

A region that an argument points to has the argument's name, which may be that of a register.
"""


def is_region(place: Place) -> bool:
    """Is the place a whole region of memory other than the stack?"""
    return isinstance(place, tuple) and place[0] not in {symbols.STACK, _HANDED}


def held(state: Any, place: Place) -> list[Ast] | None:
    """What a place holds: one value, or those that the flags are computed from; None if it is not held as values."""
    if place == FLAGS:
        return [state.registers.load(part) for part in THUNK]
    if isinstance(place, str):
        return [state.registers.load(place)]
    return [state.memory.read(place[0], place[1], 1)] if place[0] == symbols.STACK else None


# -- what a round changes ----------------------------------------------------------------------------------------------


def differences(old: Any, new: Any, forgotten: Collection[Place]) -> Iterator[tuple[Place, frozenset[str]]]:
    """Places where two states differ, each with the symbols of what is there in the new one; IF is none of them.

    A place that was forgotten before is named in any case, without symbols if it was left as it was.

    Raises:
        CutError: they differ by what can not be forgotten.
    """
    if old.memory.frame.floor != new.memory.frame.floor:
        raise CutError("a round of a loop without a known bound changes the stack pointer")
    for register in KEPT:
        if not same(old.registers.load(register), new.registers.load(register)):
            raise CutError(f"a round of a loop without a known bound changes {register}")
    registers = [(register, get_register) for register in GPRS if register != "rsp"]  # however its distance is written
    registers += [(register, _whole_register) for register in VECTORS]
    for register, load in registers:
        before, value = load(old, register), load(new, register)
        if not same(before, value):
            yield register, frozenset(value.variables)
        elif register in forgotten:
            yield register, frozenset()
    thunks = [held(state, FLAGS) or [] for state in (old, new)]
    if not all(map(same, *thunks)):
        yield FLAGS, frozenset().union(*(value.variables for value in thunks[1]))
    yield from _memory_differences(old.memory, new.memory)
    yield from _frame_differences(old.memory.frame, new.memory.frame)


def _whole_register(state: Any, register: str) -> Ast:
    return state.registers.load(register)


def same(one: Ast, other: Ast) -> bool:
    """Are these the same expression?"""
    return one is other or one.hash() == other.hash()


def _frame_differences(old: Frame, new: Frame) -> Iterator[tuple[Place, frozenset[str]]]:
    yield from _handed(old.handed, new.handed)
    was, now = old.written.pieces, new.written.pieces
    for at in sorted({*was, *now}):
        if not _same_piece(was.get(at), now.get(at)):
            piece = now.get(at)
            lost = frozenset({symbols.BELOW_RSP})  # it was popped: an interrupt may have been there
            yield (symbols.STACK, at), lost if piece is None else frozenset(piece[0].variables)


def _memory_differences(old: RegionMemory, new: RegionMemory) -> Iterator[tuple[Place, frozenset[str]]]:
    for region in sorted({*old.contents, *new.contents}):
        before, after = old.contents.get(region), new.contents.get(region)
        was, now = (c.written.pieces if c is not None else {} for c in (before, after))
        if was.keys() != now.keys() or not all(_same_piece(was[at], now[at]) for at in was):
            yield (region, _WHOLE), frozenset().union(*(value.variables for value, _ in now.values()))
        elif (before.generation if before else 0) != (after.generation if after else 0):
            yield (region, _WHOLE), frozenset()


def _handed(old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[tuple[Place, frozenset[str]]]:
    """Parts of the frame that a round hands out, or others that do so again: whose they are now."""
    for start in old.keys() | new.keys():
        hiding = max((at for at in new if at <= start), default=None)
        before = old.get(start, symbols.BELOW_RSP)
        after = symbols.BELOW_RSP if hiding is None else new[hiding]
        if before != after:
            yield (_HANDED, start), frozenset({before, after})


def _same_piece(one: Piece | None, other: Piece | None) -> bool:
    return one is other or (one is not None and other is not None and one[1] == other[1] and same(one[0], other[0]))


# -- forgetting --------------------------------------------------------------------------------------------------------


def forget(
    state: Any, place: Place, whose: frozenset[Origin], number: int, widening: int, joined: Ast | None = None
) -> None:
    """What is in a place becomes an unknown, which brings along `whose` values it may be made of: nobody's, the VMM's.

    `number` and `widening` tell the loop and how often more had to be forgotten there. With `joined` it may also be
    that very value.

    Raises:
        CutError: a part of the frame was left by several.
    """
    memory: RegionMemory = state.memory
    where = place if isinstance(place, str) else f"{place[0]}_{-place[1]:#x}"
    names = [symbols.forgotten(who, number, widening, where) for who in sorted(whose) or [Origin.MEMORY]]

    def unknown(bits: int) -> Ast:
        value = symbol(names[0], bits)
        for name in names[1:]:  # any value at all, and made of both
            value = value ^ symbol(name, bits)
        if joined is None:
            return value
        kept = symbol(symbols.forgotten(Origin.OUTSIDE, number, widening, f"{where}_kept"), 1)
        return claripy.If(kept == 1, joined, value)

    if isinstance(place, tuple) and place[0] == _HANDED:
        if len(names) > 1:
            raise CutError("a loop without a known bound hands out what the VMM chose and what it must not see")
        who = next(iter(whose), Origin.MEMORY)
        memory.frame.handed[place[1]] = symbols.forgotten(who, number, widening, symbols.STACK)
    elif is_region(place):
        memory.forget(place[0])
    elif isinstance(place, tuple):
        memory.frame.written.write(place[1], unknown(8))
    elif place == FLAGS:
        forget_flags(state, unknown(64))
    elif place in GPRS:
        set_register(state, place, unknown(64))
    else:
        state.registers.store(place, unknown(256))
