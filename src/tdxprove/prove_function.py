"""One function against one contract: which attempts are made at it, from the cheapest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tdxprove.attempt import Limits, Proof, Run, follow, judge
from tdxprove.contract import Contract
from tdxprove.discharge import Finding
from tdxprove.errors import MissingVariableError
from tdxprove.execute import REPEATED, TOO_MANY
from tdxprove.image import Image
from tdxprove.path import EndKind, Path
from tdxprove.solver import Solver
from tdxprove.surroundings import ENDLESS
from tdxprove.thread import Budget
from tdxprove.transfer import NOT_KNOWN
from tdxprove.verdict import Status

_OPEN = frozenset({Status.INCOMPLETE, Status.UNKNOWN})
_ROUNDS, _PATHS, _QUERIES = 20, 40, 1_500
"""Rounds of a loop, and paths, that are followed one by one where forgetting what rounds change does not do; and what
may be asked of the solver then."""

_FEW = 48
"""Paths of a function that are followed one by one, whatever becomes of them, before those that meet are made one."""

_MERGED_QUERIES, _SOONER = 3_000, 8
"""What may be asked of the solver where paths are made one: those that can be proved so need a few hundred."""


def prove_function(
    image: Image, address: int, contract: Contract, limits: Limits, issuing: frozenset[str] = frozenset()
) -> Proof:
    """Prove the function at `address`; nothing is proved of one whose contract names a variable that is not there."""
    try:
        return _prove(image, address, contract, limits, issuing)
    except MissingVariableError as error:
        return Proof((Finding("complete", Status.INCOMPLETE, str(error)),), (), ())


def _prove(image: Image, address: int, contract: Contract, limits: Limits, issuing: frozenset[str]) -> Proof:
    """With loops forgotten at first; what is wrong then is looked for in single rounds, where it can be shown.

    Where that leaves something open, they are followed round by round, if they end soon. Of a function with more than
    a few paths, those that meet again are made one, which can be proved sooner, but shown in the emulator seldom.
    Without a contract, where a path can not be followed, or there are more than a few, and nothing is wrong with the
    others, functions that never return are left out.
    """

    def explore(budget: Budget, solver: Solver) -> Run:
        return follow(image, address, contract, limits, issuing, budget, solver)

    budget = Budget(limits.steps, limits.paths)
    few = replace(budget, paths=min(limits.paths, _FEW))
    run = explore(few, Solver(limits.rlimit))
    if contract.call is None and _may_leave_out_endings(run.context.paths):
        ending = explore(replace(few, trusts_endings=True), Solver(limits.rlimit))
        if _left_out_endings(ending.context.paths) and all(finding.claim is None for finding in judge(run).findings):
            budget, few, run = replace(budget, trusts_endings=True), replace(few, trusts_endings=True), ending
    if few.paths == limits.paths or not _has_more(run.context.paths, few.paths):
        proof = judge(run)
    else:
        proof = _with_many_paths(explore, budget, limits)
        if proof.statuses == {Status.PROVED}:
            return proof
    if _could_be_shown(proof):
        shown = judge(explore(replace(budget, single_rounds=True), Solver(limits.rlimit)))
        proof = shown if Status.REFUTED in shown.statuses else proof
    if Status.REFUTED in proof.statuses or not proof.statuses & _OPEN or not _goes_round(proof.paths):
        return proof
    budget = replace(budget, paths=min(limits.paths, _PATHS), rounds=_ROUNDS, forgets=False)
    followed = judge(explore(budget, Solver(limits.rlimit, _QUERIES)))
    return proof if followed.statuses & _OPEN else followed


def _with_many_paths(explore: Callable[[Budget, Solver], Run], budget: Budget, limits: Limits) -> Proof:
    """The same with paths made one that meet; if something is wrong or open then, with every path by itself."""
    solver = Solver(limits.rlimit // _SOONER, _MERGED_QUERIES)
    try:
        proof = judge(explore(replace(budget, merges=True), solver))
    except RecursionError:
        return Proof((Finding("complete", Status.INCOMPLETE, "an expression is nested too deeply"),), (), ())
    given_up = {Status.UNKNOWN} if solver.exhausted else set()
    claims = [f.claim for f in proof.findings if f.claim is not None and f.status not in given_up]
    if not claims:
        return proof
    only_forgotten = all(claim.rests_on_forgotten for claim in claims)
    return judge(explore(replace(budget, single_rounds=only_forgotten), Solver(limits.rlimit)))


def _has_more(paths: tuple[Path, ...], limit: int) -> bool:
    """Was a path not followed because there were more than the limit?"""
    return any(path.end.reason == TOO_MANY.format(limit) for path in paths)


def _may_leave_out_endings(paths: tuple[Path, ...]) -> bool:
    """Can some path not be followed, and none for a pointer to code that nobody knows, which may send anything?"""
    cut = [path.end.reason for path in paths if path.end.kind is EndKind.CUT]
    return bool(cut) and not any(NOT_KNOWN in reason for reason in cut)


def _left_out_endings(paths: tuple[Path, ...]) -> bool:
    """Was a function not followed since it never returns?"""
    return any(path.end.reason.startswith(ENDLESS.format("")) for path in paths)


def _could_be_shown(proof: Proof) -> bool:
    """Is something wrong where only forgotten rounds say so, and have paths through single rounds been left out?"""
    left_out = any(path.end.reason == REPEATED for path in proof.paths)
    return left_out and any(
        finding.claim is not None and finding.claim.rests_on_forgotten for finding in proof.findings
    )


def _goes_round(paths: tuple[Path, ...]) -> bool:
    """Was a loop forgotten, or does a path that was cut come to some instruction again?"""
    return any(p.rounds or (p.end.kind is EndKind.CUT and len(set(p.trace)) < len(p.trace)) for p in paths)
