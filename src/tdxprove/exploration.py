"""What every step of an exploration needs, how a path moves on, and how it ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add, sub
from typing import Any

import z3

from tdxprove.address import addends, rounded, rounding
from tdxprove.angr_api import Ast
from tdxprove.fingerprint import fingerprint
from tdxprove.image import Image
from tdxprove.instructions import decode
from tdxprove.machine import Model
from tdxprove.path import Access, End, EndKind, Path, Place
from tdxprove.registers import FLAGS, GPRS, XMMS
from tdxprove.solver import Answer, Solver
from tdxprove.surroundings import Surroundings
from tdxprove.terms import LONG, identities, related
from tdxprove.thread import Budget, Thread
from tdxprove.vex import ProofEngine, get_register
from tdxprove.well_known import RETURN_THUNKS

_FEW, _SPREAD = 64, 1 << 12
"""How many places one access may lead to, and how many bytes they may be apart, for each to be looked at by itself."""

_ELEMENT = 1 << 12
"""The largest size of an element that an index counts."""


@dataclass(frozen=True)
class Exploration:
    """One function under execution: the code, the models around it, the budget; `translate` makes Z3 terms."""

    image: Image
    model: Model
    surroundings: Surroundings
    watch: Sequence[Place]
    solver: Solver
    budget: Budget
    engine: ProofEngine
    translate: Callable[[Any], Any]
    forgets_calls: bool
    """May a round of a loop that makes TDX calls be forgotten? Not where a contract says what becomes of each."""

    given: int
    """How many conditions of each path are preconditions of the contract."""

    paths: list[Path] = field(default_factory=list)
    pending: list[Thread] = field(default_factory=list)
    loop_numbers: Iterator[int] = field(default_factory=itertools.count)
    ways: dict[str, z3.BoolRef] = field(default_factory=dict)
    """What each selector that is 1 says (tdxprove.merging): the past that goes with it."""

    enumerated: dict[bytes, tuple[tuple[z3.ExprRef, ...], list[int] | None]] = field(default_factory=dict)
    """What `few_values` found, by the terms, which are kept (`identities`): siblings of a path ask the same."""

    def goto(self, thread: Thread, target: int) -> Thread | Path:
        """Move on; going back to where this path has been in the very same state is an endless loop."""
        thread.pc = thread.detours.rejoin(target)
        thread.detours.leave(thread.pc, len(thread.callers))
        thread.settled = None
        thread.visits[thread.pc] += 1
        visits = thread.visits[thread.pc]
        if visits & (visits - 1) == 0 and visits > 1:  # at the second, fourth, eighth... visit: comparing costs
            state, expressions = fingerprint(thread.state)
            here = (thread.pc, state, len(thread.calls))
            if here in thread.seen:
                return self.end(thread, EndKind.LOOPS, "repeats without end and without a change")
            thread.seen[here] = expressions
        return thread

    def note_accesses(self, thread: Thread) -> None:
        """Accesses outside what is declared, since the last time, become claims of this path."""
        for access in thread.state.memory.outside:
            guard = [] if access.guard.is_true() else [self.translate(access.guard)]
            thread.accesses.append(Access(thread.pc, access.write, access.what, (*thread.condition, *guard)))
        thread.state.memory.outside.clear()

    def end(self, thread: Thread, kind: EndKind, reason: str, target: z3.BitVecRef | None = None) -> Path:
        """The path that ends here."""
        registers: dict[str, z3.BitVecRef] = {}
        memory: dict[Place, z3.BitVecRef] = {}
        if kind is EndKind.RETURNED:
            registers = {r: self.translate(get_register(thread.state, r)) for r in (*GPRS, *XMMS, *FLAGS)}
            registers["return_target"] = target
            for place in self.watch:
                value = thread.state.memory.read(place.region, place.offset, place.size)
                memory[place] = self.translate(value)
        return Path(
            tuple(thread.condition),
            tuple(thread.calls),
            tuple(thread.accesses),
            tuple(thread.transfers),
            End(kind, self._left_from(thread) if kind is EndKind.RETURNED else thread.pc, reason),
            registers,
            memory,
            tuple(thread.trace),
            frozenset(thread.assumptions | thread.state.memory.assumed),
            tuple((self.translate(address), self.translate(value)) for address, value in thread.state.memory.reads),
            thread.rounds,
        )

    def _left_from(self, thread: Thread) -> int:
        """Where the function returns, for messages: what jumps to a return thunk stands for the thunk's own return."""
        found = self.image.symbol_at(thread.pc)
        before = next((at for at in reversed(thread.trace[-2:]) if at != thread.pc), None)
        if found is None or found[0].name not in RETURN_THUNKS or before is None:
            return thread.pc
        decoded = decode(self.image.fetch(before) or b"")
        return before if decoded.target(before) == thread.pc else thread.pc

    def is_forward(self, thread: Thread) -> bool:
        """Is the direction flag clear, as every convention wants it at a call?"""
        backward = self.translate(get_register(thread.state, "df") == 1)
        return z3.is_false(z3.simplify(backward)) or not self.solver.possible(thread.condition, [backward])

    def only_value(self, thread: Thread, term: z3.BitVecRef) -> int | None:
        """The value of a term where the path condition leaves no other, whatever symbols it is written with."""
        conditions = related(thread.condition, [term])
        answer, model = self.solver.check(*conditions)
        if answer is not Answer.SAT or model is None:
            return None
        value = model.eval(term, model_completion=True).as_long()
        return int(value) if self.solver.check(*conditions, term != value)[0] is Answer.UNSAT else None

    def few_values(self, thread: Thread, value: Ast) -> list[int] | None:
        """All values that an expression can have on this path; None if they are many, or nobody knows."""
        parts, constant = addends(value)
        factors = {factor for _, factor in parts}
        if constant and 1 in factors and factors <= {1, -1}:  # what is asked for each word of an object
            more, less = ([part for part, factor in parts if factor == sign] for sign in (1, -1))
            values = self.few_values(thread, reduce(sub, less, reduce(add, more)))
            return values and [(one + constant) % (1 << value.size()) for one in values]
        if (found := rounding(value)) is not None:  # of 64 bits Z3 counts them, but not soon
            low, step, offset = found
            values = self.few_values(thread, low)
            return values and [rounded(one, step, offset) for one in values]
        term = self.translate(value)
        conditions = related(thread.condition, [term])
        asked = (term, *conditions)
        if len(asked) > LONG:
            return self._enumerate(term, conditions)
        key = identities(asked)
        if key not in self.enumerated:
            self.enumerated[key] = asked, self._enumerate(term, conditions)
        return self.enumerated[key][1]

    def limited(self, thread: Thread, index: Ast) -> bool:
        """Can an index be no more than what bounds the loops that left it?"""
        if not index.variables <= thread.bounded:
            return False
        index = _unscaled(index)
        if index.op == "BVS":
            return True
        term = self.translate(index)
        for limit in thread.limits:
            if not self.solver.possible(related(thread.condition, [term, limit]), [z3.UGT(term, limit)]):
                return True
        return False

    def _enumerate(self, term: z3.BitVecRef, conditions: list[z3.BoolRef]) -> list[int] | None:
        answer, model = self.solver.check(*conditions)
        if answer is Answer.UNSAT:
            return []
        if answer is not Answer.SAT or model is None:
            return None
        first = model.eval(term, model_completion=True)
        wide = z3.And(z3.UGT(term - first, _SPREAD), z3.UGT(first - term, _SPREAD))
        if self.solver.check(*conditions, wide)[0] is not Answer.UNSAT:
            return None  # a spread that no table has: do not even begin to count
        return self.solver.values(conditions, term, _FEW)

    def suppose(self, thread: Thread, bits: Mapping[str, int]) -> Thread | None:
        """The thread on which bits of the system have these values; None where they are known to have others."""
        if any(thread.system.get(name, value) != value for name, value in bits.items()):
            return None
        new = {name: value for name, value in bits.items() if name not in thread.system}
        branch = thread.fork(thread.state.copy(), [z3.BitVec(name, 1) == value for name, value in new.items()])
        branch.system |= new
        return branch


def _unscaled(index: Ast, most: int = _ELEMENT) -> Ast:
    """What is multiplied with the size of an element, which is at most a number."""
    if index.op not in {"__lshift__", "__mul__"} or len(index.args) != 2:
        return index
    scale, inner = sorted(index.args, key=lambda operand: operand.op != "BVV")
    if scale.op != "BVV" or (index.op == "__lshift__" and (scale is inner or scale is not index.args[1])):
        return index
    size = scale.args[0] if index.op == "__mul__" else 1 << min(scale.args[0], index.size())
    return _unscaled(inner, most // size) if 0 < size <= most else index
