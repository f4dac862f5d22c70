"""Symbolic execution of one function: from its entry state to the end of every path.

A path ends as returned, panicked, looping, diverted or cut; none is dropped, and a cut names its place and reason.
A branch is pruned only when the solver has shown that it can not be taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import z3

from tdxprove.address import IndexedAddressError, UnresolvedAddressError
from tdxprove.entry import EntryState
from tdxprove.exploration import Exploration
from tdxprove.image import Image
from tdxprove.instructions import UnsupportedInstructionError
from tdxprove.loops import FEW_PATHS, followed_elsewhere
from tdxprove.machine import Model, UnmodelledCallError
from tdxprove.merging import merge, position
from tdxprove.ordering import Order
from tdxprove.path import Access, EndKind, Path, Place
from tdxprove.solver import Answer, Solver
from tdxprove.step import step
from tdxprove.surroundings import Surroundings
from tdxprove.thread import Budget, CutError, Thread
from tdxprove.translation import Translator, UntranslatableError
from tdxprove.vex import entry_state

REPEATED: Final = "comes out of a loop, whose rounds another path covers"
"""How paths end that are followed only with `Budget.single_rounds`."""

TOO_MANY: Final = "more than {} paths"
"""How paths end that are not followed because of their number."""

_UNDECIDED_WORK: Final = 2
"""Whole budgets of a query that exploring takes at most once a path has been cut: the rest is for judging."""

_REASONS_TO_CUT = (
    UnsupportedInstructionError,
    UnresolvedAddressError,
    UntranslatableError,
    UnmodelledCallError,
    CutError,
)


def execute(
    image: Image,
    address: int,
    entry: EntryState,
    model: Model,
    surroundings: Surroundings,
    watch: Sequence[Place] = (),
    precondition: Sequence[z3.BoolRef] = (),
    solver: Solver | None = None,
    budget: Budget | None = None,
    *,
    forgets_calls: bool = False,
) -> tuple[Path, ...]:
    """Every path of the function at `address`.

    Args:
        watch: memory whose content at the end the obligations will ask for.
        forgets_calls: a loop may be proved without remembering the TDX calls of its rounds.
        precondition: what the contract requires of the entry state, over the symbols of `entry`.
    """
    engine, initial = entry_state(image, entry)
    x = Exploration(
        image,
        model,
        surroundings,
        watch,
        solver or Solver(),
        budget or Budget(),
        engine,
        Translator().term,
        forgets_calls,
        len(precondition),
    )
    x.pending.append(Thread(initial, address, list(precondition)))
    _explore(x, Order(image))
    return tuple(x.paths)


def _explore(x: Exploration, order: Order) -> None:
    """Follow what is pending until nothing is, or end it where the budget says so."""
    paths, pending = x.paths, x.pending
    executed, limit, least = 0, x.budget.total, 0
    while pending:  # depth first, so that sibling paths end one after the other
        if not x.budget.forgets and paths and paths[-1].end.kind is EndKind.CUT:
            break
        thread = pending.pop()
        if x.budget.merges:
            thread = merge(x, thread)
        if (left := _left_out(x, thread, executed, limit, least)) is not None:
            paths.append(left)
            continue
        executed += 1
        following = _following(x, thread)
        ended = [item for item in following if isinstance(item, Path)]
        paths += ended
        if any(path.end.kind is EndKind.CUT for path in ended):
            limit = min(limit, executed + x.budget.undecided)
            least = max(least, x.solver.work - _UNDECIDED_WORK * x.solver.rlimit)
        pending += sorted((item for item in following if isinstance(item, Thread)), key=_urgency)
        if x.budget.merges:
            pending.sort(key=partial(position, order), reverse=True)


def _left_out(x: Exploration, thread: Thread, executed: int, limit: int, least: int) -> Path | None:
    """The end of a thread that is not followed: another path covers it, or the budget is spent.

    `limit` instructions may be executed, and of the solver's work at `least` so much is to be left.
    """
    known = len(x.paths) + len(x.pending)
    if known >= FEW_PATHS and not x.budget.single_rounds and followed_elsewhere(thread):
        return x.end(thread, EndKind.COVERED, REPEATED)
    if known >= x.budget.paths:
        return x.end(thread, EndKind.CUT, TOO_MANY.format(x.budget.paths))
    if x.solver.exhausted or x.solver.work < least:
        return x.end(thread, EndKind.CUT, "the solver's budget is spent")
    if executed >= limit:
        return x.end(thread, EndKind.CUT, f"more than {limit} instructions on all paths")
    return None


def _urgency(thread: Thread) -> tuple[int, int]:
    """Another round of a loop comes before what is behind it, which is most often further on: that may be done once."""
    return thread.visits[thread.pc], -thread.pc


def _following(x: Exploration, thread: Thread) -> list[Thread | Path]:
    """The continuations of a thread; where there is something that is not modelled, its end."""
    try:
        return list(step(x, thread))
    except IndexedAddressError as error:
        return [_indexed(x, thread, error)]
    except RecursionError:  # of paths that were made one again and again (tdxprove.merging)
        return [x.end(thread, EndKind.CUT, "an expression is nested too deeply")]
    except _REASONS_TO_CUT as error:
        # Only what bears on a branch is asked there (`Solver.possible`): all of it may show that nothing comes here.
        if x.solver.check(*thread.condition)[0] is Answer.UNSAT:
            return []
        return [x.end(thread, EndKind.CUT, str(error))]


def _indexed(x: Exploration, thread: Thread, error: IndexedAddressError) -> Path:
    """An object is accessed at an unknown offset: if that can be outside, it is a violation; cut in any case."""
    offset = x.translate(error.offset)
    outside = [*thread.condition, z3.UGT(offset, error.last)]
    if error.last < 0:
        outside.pop()
    if x.solver.check(*outside)[0] is Answer.SAT:
        thread.accesses.append(Access(thread.pc, error.write, str(error), tuple(outside)))
    return x.end(thread, EndKind.CUT, str(error))
