"""Loops whose number of rounds nobody knows: what a round changes is forgotten, up to a fixpoint.

At a branch, or a repeated string instruction, that a path reaches again without knowing which way to go, everything
that differs from its first visit is replaced by fresh unknowns, and exploration goes on from there with the path
condition of that first visit. A path that comes back with no further difference is covered: whatever any number of
rounds does, some path has done. So is what came out of single rounds before, which is followed only while a function
has few paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import z3

from tdxprove import behind, symbols
from tdxprove.angr_api import Ast
from tdxprove.bounds import Bounds, assume, bounded
from tdxprove.conditions import Sources, follow, sources
from tdxprove.exploration import Exploration
from tdxprove.memory import RegionMemory
from tdxprove.path import EndKind, Path
from tdxprove.rounds import FLAGS, Place, differences, forget, held, is_region
from tdxprove.symbols import Origin
from tdxprove.tdx import asked
from tdxprove.terms import constants_of, primed, symbols_of
from tdxprove.thread import CutError, Thread
from tdxprove.vex import get_register, set_register
from tdxprove.walks import Walk, continued, walk, walk_in_frame, went

_ZERO, _ONE = (z3.BitVecVal(value, 1) for value in range(2))
_ROUNDS: Final = 3
"""Rounds of a loop that are followed one by one, as long as there are few paths."""

FEW_PATHS: Final = 24
"""As long as a function has no more, what a loop leaves after single rounds is looked at beside what is forgotten."""


@dataclass
class LoopHead:
    """A branch at its first visit as part of a loop, and what is forgotten there by now, each with who decides it."""

    number: int
    first: Thread
    forgotten: dict[Place, frozenset[Origin]] = field(default_factory=dict)
    current: Any = None
    widenings: int = 0
    escaped: frozenset[int] = frozenset()
    """Places of the frame whose address rounds have given away."""

    stored: frozenset[Origin] = frozenset()
    """Whose values rounds have written where they may be read again: a secret's, the VMM's."""

    writes: bool = False
    """Does a round write to memory that is not the stack?"""

    leading_back: set[Place] = field(default_factory=set)
    """Forgotten places that may hold a pointer into the frame, which a function outside gave."""

    joined: set[Place] = field(default_factory=set)
    """Forgotten places that may hold what the loop was entered with, whose ever that was, as well."""

    bounds: Bounds = field(default_factory=dict)
    """How large forgotten registers can be (tdxprove.bounds)."""

    walks: dict[Place, Walk] = field(default_factory=dict)
    """Pointers that rounds move on: of these, how far they went is forgotten."""

    flags: Sources | None = None
    """What the forgotten flags follow from; None before they are forgotten."""

    supposed: list[int] = field(default_factory=lambda: [0])
    """How many conditions each widening supposes, to begin with none."""

    apart: int = 0
    """What was explored before the widening of this number is no part of what is explored from later ones."""


def loop(x: Exploration, thread: Thread) -> Iterator[Thread | Path] | None:
    """What becomes of a path at a branch that it has met before; None if it goes on as it is.

    Raises:
        CutError: a round changes what can not be forgotten.
    """
    if not x.budget.forgets:
        return None
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
    if not rounds or (rounds < _ROUNDS and len(x.paths) + len(x.pending) < FEW_PATHS):
        return None
    if not x.forgets_calls and len(thread.calls) > len(head.first.calls):
        return None  # what a contract says of a call is not forgotten with the round that made it
    return _round(x, thread, head)


def _round(x: Exploration, thread: Thread, head: LoopHead) -> Iterator[Thread | Path]:
    secrets = _deciding_secrets(x, thread)
    if secrets:
        # Two runs that agree on what is public enter the same loop and leave it after as many rounds: so what comes
        # after forgotten rounds is compared with what comes after the same loop, and with nothing else.
        raise CutError(f"a loop without a known bound depends on something secret: {', '.join(sorted(secrets))}")
    _check_interrupts(x, thread, head)
    _check_calls(thread, head)
    widening = dict(thread.rounds).get(head.number, 0)
    inside = thread.condition[len(head.first.condition) + head.supposed[widening] :]
    decided = {name for c in inside for name in symbols_of(c) if not symbols.is_secret(name)}
    wider, leading_back, walks = dict(head.forgotten), set(head.leading_back), dict(head.walks)
    apart, stored = head.apart, head.stored | thread.state.memory.history.stored
    writes = head.writes or thread.state.memory.history.writes != head.current.memory.history.writes
    if writes:
        stored |= symbols.taint(decided)  # whoever decides how often something is written
    for place, made_of in differences(head.current, thread.state, head.forgotten):
        # Who chose what it is computed from, or a branch on the way to it; where nothing was written, it is what
        # others left in memory, after however many rounds.
        in_frame = walk_in_frame(head, thread, place)
        names = went(in_frame, thread, place) if in_frame else made_of
        whose = symbols.taint(names | decided) if names or not is_region(place) else frozenset()
        joins = Origin.VMM in whose and Origin.VMM not in wider.get(place, ())
        walked = in_frame or (walk(head, thread, place, whose | wider.get(place, frozenset())) if joins else None)
        if walked is not None:
            walks[place] = walked
        elif place in walks and walks[place].in_frame:  # it points elsewhere now: how far from where it began is secret
            del walks[place]
            whose |= {Origin.NOBODY}
        elif place not in wider and not _holds_entry(x, head, place, whose):
            apart = head.widenings + 1
        wider[place] = wider.get(place, frozenset()) | whose
        if any(behind.is_known(thread.state.memory, name) for name in names):
            leading_back.add(place)
        if is_region(place):
            stored |= whose
    walks = {place: continued(x, head, thread, place, walked, wider) for place, walked in walks.items()}
    flags = sources(x, head.first, thread, head.flags) if FLAGS in wider else None
    bounds = bounded(x, head, thread, wider, walks)
    thread.assumptions.add("what comes behind a loop without a known bound is reached: the loop ends")
    escaped = head.escaped | thread.state.memory.frame.escaped
    changed = wider != head.forgotten or leading_back != head.leading_back or stored != head.stored
    changed = changed or bounds != head.bounds or walks != head.walks or flags != head.flags or writes != head.writes
    if changed or escaped - head.current.memory.frame.escaped:
        head.forgotten, head.escaped, head.apart = wider, escaped, apart
        head.leading_back, head.stored, head.bounds = leading_back, stored, bounds
        head.walks, head.flags, head.writes = walks, flags, writes
        widened = _widened(x, head)
        widened.visits |= thread.visits  # so that what is in the loop still counts as met before
        yield widened
    yield x.end(thread, EndKind.COVERED, "one more round of a loop, which another path covers")


def _check_interrupts(x: Exploration, thread: Thread, head: LoopHead) -> None:
    """A round may switch interrupts off and on again, as they were.

    Raises:
        CutError: they may be otherwise than before.
    """
    old, new = head.current.globals["if"], thread.state.globals["if"]
    if old is not new and x.solver.possible(thread.condition, [x.translate(old) != x.translate(new)]):
        raise CutError("a round of a loop without a known bound changes the interrupt flag")


def _check_calls(thread: Thread, head: LoopHead) -> None:
    """What the module answers in a round is forgotten with what it was asked.

    Raises:
        CutError: a secret decides that: two runs would not get the same answer.
    """
    for call in thread.calls[len(head.first.calls) :]:
        rax = call.before["rax"]
        leaf = rax.as_long() if z3.is_bv_value(rax) else None
        for register in asked(call.instruction, leaf):
            names = symbols_of(call.before[register]) - {symbols.entry("rsp")}
            if Origin.NOBODY in symbols.taint(names):
                what = f"what a secret decides: {register} holds {', '.join(sorted(names))}"
                which = "" if leaf is not None else " at a leaf that is not known"
                raise CutError(f"a round of a loop without a known bound asks the TDX module{which} {what}")


def _deciding_secrets(x: Exploration, thread: Thread) -> set[str]:
    """Secrets that decide which way a path went: where two runs that agree on all else can part.

    Of a saved RFLAGS only the interrupt flag is asked for, and what tzcnt makes of zero only where there is a bit.
    """
    conditions = [_without_selectors(x, condition) for condition in thread.condition]
    second = [primed(condition, lambda name: not symbols.is_secret(name)) for condition in conditions]
    found: set[str] = set()
    for number in range(max(x.given, thread.public), len(second)):
        first = conditions[number]
        if first.eq(second[number]):
            continue
        both = [*conditions[: number + 1], *second[:number]]
        if x.solver.possible(both, [z3.Not(second[number])]):
            found |= {name for name in symbols_of(first) if symbols.is_secret(name)}
    if not found:
        thread.public = len(second)
    return found


def _without_selectors(x: Exploration, condition: z3.BoolRef) -> z3.BoolRef:
    """The condition with what selectors mean in their place: a run has no choice of the way that it came by."""
    while selectors := {n: node for n, node in constants_of(condition).items() if symbols.is_selector(n)}:
        means = [(node, z3.If(x.ways[name], _ONE, _ZERO)) for name, node in selectors.items()]
        condition = z3.substitute(condition, *means)
    return condition


def followed_elsewhere(thread: Thread) -> bool:
    """Is all that a path can do from here done by another one: has a loop on its way been widened since?

    Whatever follows the first visit of a head follows its widened state too, of which that visit is one case.
    """
    widened = dict(thread.rounds)
    return any(head.apart <= widened.get(head.number, 0) < head.widenings for head in thread.loops.values())


def _holds_entry(x: Exploration, head: LoopHead, place: Place, whose: frozenset[Origin]) -> bool:
    """Does what is forgotten in a place stand for what was there at first, too? If need be, that is made a part of it.

    An unknown that a public value was replaced by stands for other public values, but for no secret, answer of the VMM
    or address of the image.
    """
    if is_region(place):
        return True  # its unknowns say themselves what they may be
    values = held(head.first.state, place)
    if values is None:
        return False
    if all(_stands_for(x, whose, value) for value in values):
        return True
    if place == FLAGS:
        return False
    head.joined.add(place)
    return True


def _stands_for(x: Exploration, whose: frozenset[Origin], value: Ast) -> bool:
    taint = symbols.taint(value.variables)
    if taint:
        return taint <= whose
    return not any(x.image.section_at(constant) is not None for constant in _constants(value))


def _constants(value: Ast) -> Iterator[int]:
    pending, seen = [value], set()
    while pending:
        node = pending.pop()
        if node.hash() in seen:
            continue
        seen.add(node.hash())
        if node.op == "BVV":
            yield node.args[0]
        pending += [operand for operand in node.args if hasattr(operand, "op")]


def _widened(x: Exploration, head: LoopHead) -> Thread:
    """The thread of the first visit, with fresh unknowns for what rounds change, within their bounds."""
    head.widenings += 1
    thread = head.first.fork(head.first.state.copy(), [])
    thread.loops[thread.pc, tuple(thread.callers), thread.detours.active] = head
    thread.undecided[thread.pc, tuple(thread.callers)] = _ROUNDS
    state = thread.state
    memory: RegionMemory = state.memory
    memory.history.writes += head.writes  # for the loop around this one
    memory.history.stored |= head.stored  # before anything is forgotten: what is read there may be that
    for place, whose in head.forgotten.items():
        joined = held(head.first.state, place) if place in head.joined else None
        forget(state, place, whose, head.number, head.widenings, joined[0] if joined else None)
        if place in head.leading_back:
            names = {name for value in held(state, place) or () for name in value.variables}
            memory.handed_back |= set(filter(symbols.is_forgotten, names))
    for place, walked in head.walks.items():
        counter = get_register(state, walked.counter) if walked.counter else None
        set_register(state, str(place), walked.pointer(get_register(state, str(place)), counter))
    follow(state, head.first.state, head.flags or {})
    head.supposed.append(assume(x, thread, head.bounds, head.walks))
    memory.frame.escaped |= head.escaped
    memory.history.record(f"round {head.number} {head.widenings}")  # what a pointer led to may be something else now
    head.current = state.copy()
    thread.entering = head
    thread.rounds = (*thread.rounds, (head.number, head.widenings))
    return thread
