"""Paths that were made of two, where a branch tells which of them it was: they hold again what that one held.

What a function leaves in an object where it fails is often nothing, and its caller asks first whether it failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import z3

from tdxprove import symbols
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.bytewise import Bytes
from tdxprove.exploration import Exploration
from tdxprove.registers import GPRS
from tdxprove.rounds import VECTORS
from tdxprove.symbols import Origin
from tdxprove.terms import symbols_of
from tdxprove.thread import Thread


def recall(x: Exploration, thread: Thread, new: Sequence[z3.BoolRef]) -> None:
    """Selectors (tdxprove.merging) whose value follows behind a branch with these conditions are gone from the state.

    The path condition keeps them, and what they say of the past.
    """
    known: dict[Ast, Ast] = {}
    for bits in _selectors(x, thread.state, new):
        chosen = z3.BitVec(bits[0], 1)
        for name in bits[1:]:
            chosen = chosen ^ z3.BitVec(name, 1)
        # What has nothing to do with them is left out: it is most of a long path, and most of the work.
        near = [c for c in thread.condition if not symbols_of(c).isdisjoint(bits)]
        values = [value for value in range(2) if x.solver.possible([], [*near, *new, chosen == value])]
        if len(values) == 1:
            known[symbol(bits[0], 1)] = claripy.BVV(values[0], 1)
            known |= {symbol(name, 1): claripy.BVV(0, 1) for name in bits[1:]}
    if known:
        _substitute(thread.state, known)


def _selectors(x: Exploration, state: Any, new: Sequence[z3.BoolRef]) -> Iterator[list[str]]:
    """Selectors in a state that these conditions can bear on, with each those of its merger: they stand together."""
    spoken = {name for condition in new for name in symbols_of(condition)}
    live = {name for value in _values(state) for name in value.variables if symbols.is_selector(name)}
    near = {name for name in live if name in spoken or not spoken.isdisjoint(symbols_of(x.ways[name]))}
    for number in sorted({symbols.merger(name) for name in near}):
        yield [name for who in Origin if (name := symbols.selector(who, number)) in x.ways]


def _values(state: Any) -> Iterator[Ast]:
    yield from (state.registers.load(register) for register in (*GPRS, *VECTORS))
    yield state.globals["if"]
    for content in _contents(state):
        yield from {id(value): value for value, _ in content.pieces.values()}.values()


def _contents(state: Any) -> Iterator[Bytes]:
    yield state.memory.frame.written
    yield from (contents.written for contents in state.memory.contents.values())


def _substitute(state: Any, known: Mapping[Ast, Ast]) -> None:
    names = frozenset().union(*(bit.variables for bit in known))
    done: dict[int, Ast] = {}

    def settled(value: Ast) -> Ast:
        if names.isdisjoint(value.variables):
            return value
        if value.hash() not in done:
            done[value.hash()] = _decided(value, known, names)
        return done[value.hash()]

    for register in (*GPRS, *VECTORS):
        value = state.registers.load(register)
        if not names.isdisjoint(value.variables):
            state.registers.store(register, settled(value))
    state.globals["if"] = settled(state.globals["if"])
    for content in _contents(state):
        for at, (value, index) in list(content.pieces.items()):
            if (other := settled(value)) is not value:
                content.pieces[at] = other, index


def _decided(value: Ast, known: Mapping[Ast, Ast], names: frozenset[str]) -> Ast:
    """The value with what was chosen in the place of each choice by a selector that is known."""
    while (choice := _choice(value, known, names)) is not None:
        value = claripy.replace(value, *choice)
    return value


def _choice(value: Ast, known: Mapping[Ast, Ast], names: frozenset[str]) -> tuple[Ast, Ast] | None:
    """An outermost choice by a selector that is known, and what it chooses."""
    pending, seen = [value], set()
    while pending:
        node = pending.pop()
        if not hasattr(node, "variables") or names.isdisjoint(node.variables) or node.hash() in seen:
            continue
        seen.add(node.hash())
        if node.op == "If":
            condition = node.args[0]
            for bit, number in known.items():
                condition = claripy.replace(condition, bit, number)
            if condition.is_true() or condition.is_false():
                return node, node.args[1 if condition.is_true() else 2]
        pending += node.args
    return None
