"""What the flags at the head of a loop follow from: registers that each round compares anew.

VEX keeps flags as an operation and its operands (`cc_op`, `cc_dep1`, `cc_dep2`, `cc_ndep`). Where these are the same as
at the first visit, or a register's value then and now, they are forgotten no further than that register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import z3

from tdxprove.angr_api import Ast
from tdxprove.exploration import Exploration
from tdxprove.registers import GPRS
from tdxprove.rounds import FLAGS, THUNK, held, same
from tdxprove.thread import Thread
from tdxprove.vex import get_register

_WIDTHS: Final = (64, 32, 16, 8)
_OPERATION: Final = THUNK[0]
_WITHOUT_CARRY: Final = (*range(1, 9), *range(17, 21))
"""Operations whose flags do not follow from `cc_ndep`, the carry before: additions, subtractions and comparisons, logic
(VEX/priv/guest_amd64_defs.h, AMD64G_CC_OP_*)."""

Source = tuple[str, int]
"""A register and how many of its low bits, extended with zeros; "" for what was there at the first visit."""

Sources = Mapping[str, tuple[Source, ...]]
"""Of each part of the flags, what it is the value of in all rounds so far; nothing where it is of none."""


def sources(x: Exploration, first: Thread, thread: Thread, known: Sources | None) -> Sources:
    """What the flags follow from after one more round; `known` is what they followed from before it."""
    found: dict[str, tuple[Source, ...]] = {}
    for part, was, now in zip(_parts_of(first), _parts(first), _parts(thread), strict=False):
        possible = _all_sources(part) if known is None else known.get(part, ())
        found[part] = tuple(
            source
            for source in possible
            if (same(was, now) if not source[0] else _is(x, first, was, source) and _is(x, thread, now, source))
        )
    return found if all(found.values()) else {}


def follow(state: Any, first: Any, known: Sources) -> None:
    """Flags that were forgotten become what they follow from."""
    for part, (source, *_) in known.items():
        was: Ast = first.registers.load(part)
        state.registers.store(part, _value(state, source) if source[0] else was)


def _parts_of(thread: Thread) -> tuple[str, ...]:
    operation: Ast = thread.state.registers.load(_OPERATION)
    return THUNK[:-1] if operation.op == "BVV" and operation.args[0] in _WITHOUT_CARRY else THUNK


def _parts(thread: Thread) -> Iterable[Ast]:
    return held(thread.state, FLAGS) or []


def _all_sources(part: str) -> Iterator[Source]:
    """What a part can be the value of; the operation stays what it is."""
    yield "", 0
    if part == _OPERATION:
        return
    yield from ((register, bits) for register in GPRS for bits in _WIDTHS)


def _value(state: Any, source: Source) -> Ast:
    register, bits = source
    return get_register(state, register)[bits - 1 : 0].zero_extend(64 - bits)


def _is(x: Exploration, thread: Thread, part: Ast, source: Source) -> bool:
    value = _value(thread.state, source)
    if same(part, value):
        return True
    return part.variables == value.variables and bool(
        z3.simplify(x.translate(part)).eq(z3.simplify(x.translate(value)))
    )
