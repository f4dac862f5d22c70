"""What two runs agree on when they make a TDX call, so that the VMM may see it: the declared inputs, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import z3

from tdxprove import symbols
from tdxprove.at_call import declared_input
from tdxprove.claims import Context
from tdxprove.evaluate import evaluate
from tdxprove.path import Call, Path
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin
from tdxprove.tdx import asked
from tdxprove.terms import contradict, primed, symbols_of, whole_symbol

_SECRET = frozenset({Origin.NOBODY, Origin.CALLER})
_STACK = {symbols.entry("rsp")}


@dataclass(frozen=True)
class Public:
    """What may be known at a call: symbols as a whole, and the values of all declared inputs.

    An input `size & 0xfff` declares these bits alone: two runs that agree on them may differ in the rest of `size`.
    """

    names: Callable[[str], bool]
    values: tuple[z3.BitVecRef, ...] = ()

    def shared(self, other: Public) -> Callable[[str], bool]:
        """Which symbols are the same in both runs, one at this call and one at the other."""
        return lambda name: self.names(name) and other.names(name)

    def agreed(self, other: Public, shared: Callable[[str], bool]) -> Iterator[z3.BoolRef]:
        """That the declared inputs are the same in both runs, as far as shared symbols do not say so already."""
        for mine, value in zip(self.values, other.values, strict=True):
            theirs = primed(value, shared)
            if not mine.eq(theirs):
                yield mine == theirs


class Answers(NamedTuple):
    """Which symbols two runs share, and the conditions under which answers of the module are the same in both."""

    shared: Callable[[str], bool]
    conditions: tuple[z3.BoolRef, ...] = ()


def public_at(context: Context, call: Call, path: Path) -> Public:
    """What a register may depend on at a call: the declared inputs.

    Without a contract: what the caller hands over, whether interrupts are enabled (an idle CPU's halt says so), the
    kernel's data and what it computed before. What stays secret is
    what no wrapper means to send: registers that are no arguments, the stack, addresses, the stack protector's canary.
    """
    contract = context.contract
    if contract.call is None:
        return Public(_given(context))
    inputs = [*contract.call.inputs.values(), *([contract.call.leaf] if contract.call.leaf is not None else [])]
    declared = [evaluate(expression, context.scope()) for expression in inputs]
    for register in contract.call.inputs if call.ordinal else ():
        again = declared_input(context, register, call, path)
        declared += [] if again is None else [again[1]]
    names = {name for value in declared if (name := whole_symbol(value)) is not None}
    return Public(lambda name: name in names or symbols.origin_of(name) is Origin.SYSTEM, tuple(declared))


def answers(path: Path, other: Path, ordinal: int, shared: Callable[[str], bool]) -> Answers | None:
    """What two runs share of the module's answers to their calls before this number; None if they are never compared.

    The module answers both alike, and ends their calls alike, that have asked the same until then. It may be given the
    place of a buffer on the stack, which tells it nothing.
    """
    pairs = list(zip(path.calls[:ordinal], other.calls[:ordinal], strict=False))
    first = next((n for n, pair in enumerate(pairs) if list(_asked_otherwise(*pair, _placed(shared)))), len(pairs))
    if any(one.outcome is not two.outcome for one, two in pairs[:first]):
        return None
    later = tuple(symbols.answer(Origin.MODULE, number, "") for number in range(first, len(pairs)))

    def kept(name: str) -> bool:
        return shared(name) and not name.startswith(later)

    different: list[z3.BoolRef] = []
    same = []
    for number in range(first, len(pairs)):
        one, two = pairs[number]
        different += _asked_otherwise(one, two, _placed(kept))
        alike = z3.And(*(mine == primed(theirs, kept) for mine, theirs in zip(_left(one), _left(two), strict=True)))
        same.append(z3.Or(*different, alike if one.outcome is two.outcome else z3.BoolVal(False)))
    return Answers(kept if later else shared, tuple(same))


def _left(call: Call) -> list[z3.BitVecRef]:
    """What the module answers a call, register by register."""
    names = (symbols.answer(Origin.MODULE, call.ordinal, register, call.asking) for register in GPRS)
    return [z3.BitVec(name, 64) for name in names]


def _placed(shared: Callable[[str], bool]) -> Callable[[str], bool]:
    """What the module gets in the same way in both runs: what is shared, and places on the stack."""
    return lambda name: shared(name) or name == symbols.entry("rsp")


def _asked_otherwise(one: Call, two: Call, given: Callable[[str], bool]) -> Iterator[z3.BoolRef]:
    """That two calls ask the module for different things."""
    leaves = {_number(call.before["rax"]) for call in (one, two)}
    registers = asked(one.instruction, leaves.pop() if len(leaves) == 1 else None)
    for register in registers:
        mine, theirs = one.before[register], primed(two.before[register], given)
        if not mine.eq(theirs) and not _placed_otherwise(mine, theirs, one, two):
            yield mine != theirs


def _placed_otherwise(mine: z3.BitVecRef, theirs: z3.BitVecRef, one: Call, two: Call) -> bool:
    """Are these two places of a frame that only the stack pointer put there: it lies differently, modulo its alignment?

    A third run, with the stack pointer of the one and all else of the other, is compared with both: if anything else
    chooses the place, it differs from the one by that alone.
    """
    if not z3.is_bv_value(z3.simplify(mine - theirs)) or not symbols_of(mine) >= _STACK:
        return False
    return contradict(c for call in (one, two) for c in call.condition if symbols_of(c) == _STACK)


def _number(term: z3.BitVecRef) -> int | None:
    return int(term.as_long()) if z3.is_bv_value(term) else None


def _given(context: Context) -> Callable[[str], bool]:
    arguments = {symbols.argument(a.name) for a in context.contract.arguments}
    pointers = [a.name for a in context.contract.arguments if a.pointee is not None]
    # With "#" what is there after a call outside the image, which may have changed it.
    regions = tuple(name + mark for name in pointers for mark in "[#")

    def given(name: str) -> bool:
        if name in arguments or name.startswith(regions) or name == symbols.INTERRUPT_FLAG:
            return True
        return symbols.origin_of(name) not in _SECRET and not symbols.is_canary(name) and not symbols.is_left(name)

    return given
