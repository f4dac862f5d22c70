"""Give every obligation to the solver and say what it answered: one status each, nothing is a proof by default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from tdxprove.claims import Claim, Context, Obligation
from tdxprove.obligations import generate
from tdxprove.path import EndKind, Path
from tdxprove.solver import Answer, Solver
from tdxprove.terms import contradict, related
from tdxprove.verdict import Counterexample, Status


@dataclass(frozen=True)
class Finding:
    """The answer for one obligation; `claim` where it was refuted or left open, `model` only where it was refuted."""

    id: str
    status: Status
    message: str
    address: int | None = None
    claim: Claim | None = None
    model: z3.ModelRef | None = None
    implied: bool = False
    counterexample: Counterexample | None = None
    replayed: bool = False


def discharge(context: Context, precondition: tuple[z3.BoolRef, ...], solver: Solver) -> list[Finding]:
    """A finding for every obligation: covers first (is there anything to prove?), then completeness, then the rest."""
    covers = [_covers_call(context, precondition, solver)]
    if context.contract.returns is not None:
        covers.append(_covers_return(context, precondition, solver))
    decided = [(obligation, _decide(obligation, solver)) for obligation in generate(context)]
    complete = _complete(context, {finding.id: finding.status for _, finding in decided})
    if complete.status is not Status.PROVED:
        covers = [_unexplored(finding) for finding in covers]
    unmet = {finding.id: finding for finding in covers if finding.status is not Status.PROVED}
    return [*covers, complete, *(_weakened(obligation, finding, unmet, complete) for obligation, finding in decided)]


def _weakened(obligation: Obligation, finding: Finding, unmet: dict[str, Finding], complete: Finding) -> Finding:
    """A proof over paths that are not all there, or over none, is no proof."""
    if not obligation.claims and obligation.needs in unmet:
        status = unmet[obligation.needs].status
        return Finding(obligation.id, status, f"nothing to prove, see {obligation.needs}", implied=True)
    if finding.status is Status.PROVED and complete.status is not Status.PROVED:
        message = "holds on the paths that were explored, see complete"
        return Finding(obligation.id, Status.INCOMPLETE, message, implied=True)
    return finding


def _unexplored(finding: Finding) -> Finding:
    """What no explored path reaches may still be reached by one that was cut."""
    if finding.status is not Status.VACUOUS:
        return finding
    return Finding(finding.id, Status.INCOMPLETE, f"{finding.message} on the paths that were explored", implied=True)


def _decide(obligation: Obligation, solver: Solver) -> Finding:
    """Refuted if any claim is, else unknown if any claim is, else proved.

    Of several, a claim is named that does not rest on what was forgotten: it can be shown.
    """
    unknown: Finding | None = None
    refuted: Finding | None = None
    for claim in obligation.claims:
        if z3.is_true(z3.simplify(claim.formula)):
            continue
        answer, model = _answer(claim, solver)
        if answer is Answer.SAT:
            refuted = Finding(obligation.id, Status.REFUTED, claim.message, claim.address, claim, model)
            if not claim.rests_on_forgotten:
                return refuted
        if answer is Answer.UNKNOWN:
            spent = "that of all queries is spent" if solver.exhausted else f"rlimit {solver.rlimit}"
            message = f"the solver gave no answer within its budget ({spent})"
            unknown = Finding(obligation.id, Status.UNKNOWN, message, claim.address, claim)
    return refuted or unknown or Finding(obligation.id, Status.PROVED, "")


def _answer(claim: Claim, solver: Solver) -> tuple[Answer, z3.ModelRef | None]:
    """Can the conditions of a claim hold and its formula not? First without those that speak of something else."""
    if contradict(claim.conditions):
        return Answer.UNSAT, None  # most pairs of paths part at something that both runs share
    wrong = z3.Not(claim.formula)
    near = related(claim.conditions, [wrong])
    if len(near) < len(claim.conditions) and solver.check(*near, wrong)[0] is Answer.UNSAT:
        return Answer.UNSAT, None
    return solver.check(*claim.conditions, wrong)


def _covers_call(context: Context, precondition: tuple[z3.BoolRef, ...], solver: Solver) -> Finding:
    reached = (call.condition for call, _ in context.calls())
    return _cover("covers/call", "no allowed entry state reaches a TDX call", reached, precondition, solver)


def _covers_return(context: Context, precondition: tuple[z3.BoolRef, ...], solver: Solver) -> Finding:
    if context.contract.may_not_return and context.paths and not any(context.returned()):
        return Finding("covers/return", Status.PROVED, "")  # that all paths were followed is what `complete` says
    reached = (path.condition for path in context.returned())
    message = "no allowed entry state reaches a return"
    if context.contract.call is None:
        message += "; if it is not meant to return, a contract says so (returns: never)"
    return _cover("covers/return", message, reached, precondition, solver)


def _cover(
    identifier: str,
    message: str,
    reached: Iterator[tuple[z3.BoolRef, ...]],
    precondition: tuple[z3.BoolRef, ...],
    solver: Solver,
) -> Finding:
    paths = list(reached)
    if any(solver.glance(*conditions) is Answer.SAT for conditions in paths):
        return Finding(identifier, Status.PROVED, "")
    answers = {solver.check(*conditions)[0] for conditions in paths}
    if Answer.SAT in answers:
        return Finding(identifier, Status.PROVED, "")
    if Answer.UNKNOWN in answers:
        return Finding(identifier, Status.UNKNOWN, "the solver gave no answer within its budget")
    if solver.check(*precondition)[0] is Answer.UNSAT:
        message = "the precondition of the contract can not be satisfied"
    return Finding(identifier, Status.VACUOUS, message)


def _complete(context: Context, decided: dict[str, Status]) -> Finding:
    """Every path was followed to its end; each one that was not is named, the first with its place.

    A path that jumps where the VMM chose is over only if that was shown.
    """
    open_ends = {EndKind.CUT}
    if decided.get("control/target") is not Status.REFUTED:
        open_ends.add(EndKind.DIVERTED)
    cut: list[Path] = [path for path in context.paths if path.end.kind in open_ends]
    if not cut:
        return Finding("complete", Status.PROVED, "")
    first = cut[0].end
    others = f" (and {len(cut) - 1} more of {len(context.paths)} paths)" if len(cut) > 1 else ""
    return Finding("complete", Status.INCOMPLETE, f"{first.reason}{others}", first.address)
