"""One attempt at a function against one contract: follow its paths, judge them, and replay every refutation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import z3

from tdxprove.catalogue import load_catalogue
from tdxprove.claims import Claim, Context
from tdxprove.contract import Contract
from tdxprove.convention import load_convention
from tdxprove.counterexample import assignment_for, describe
from tdxprove.discharge import Finding, discharge
from tdxprove.effect import TDX_MODULE
from tdxprove.execute import execute
from tdxprove.exposure import exposures
from tdxprove.image import Image
from tdxprove.leaf import Leaf
from tdxprove.machine import Model
from tdxprove.masks import assumed_of_masks
from tdxprove.obligations import preconditions, watched
from tdxprove.path import Path
from tdxprove.replay import violates
from tdxprove.scenario import ReplayError, Scenario
from tdxprove.solver import Answer, Solver
from tdxprove.surroundings import Surroundings
from tdxprove.symbols import Origin, is_left, origin_of
from tdxprove.tdx import VMCALL
from tdxprove.terms import constants_of
from tdxprove.thread import Budget
from tdxprove.verdict import Status

_SMALL = 1 << 20
_ENTERS_GUEST = "TDH.VP.ENTER"


@dataclass(frozen=True)
class Limits:
    """Budgets (solver work steps per query, instructions per path, paths) and the model option NO_RBP_MOD."""

    rlimit: int
    steps: int
    paths: int
    no_rbp_mod: bool


@dataclass(frozen=True)
class Proof:
    """Findings for every obligation, the paths they rest on, what was assumed, and what was called by address."""

    findings: tuple[Finding, ...]
    paths: tuple[Path, ...]
    assumptions: tuple[str, ...]
    calls: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def statuses(self) -> set[Status]:
        """Those of all findings."""
        return {finding.status for finding in self.findings}


@dataclass(frozen=True)
class Run:
    """All paths of a function within a budget, and what is needed to judge them."""

    context: Context
    precondition: tuple[z3.BoolRef, ...]
    scenario: Scenario
    solver: Solver
    assumed: list[tuple[str, str]]
    """What the model of the module assumes, by instruction."""

    unsized: set[str]
    """Variables of the contract whose size the file does not state."""


def follow(
    image: Image,
    address: int,
    contract: Contract,
    limits: Limits,
    issuing: frozenset[str],
    budget: Budget,
    solver: Solver,
) -> Run:
    """Every path of the function at `address` within `budget`, by the model of the module that the contract allows."""
    model, assumed = _model(contract, limits.no_rbp_mod)

    unsized: set[str] = set()

    def data(name: str) -> tuple[int, int] | None:
        found = image.variable(name, address)
        if found is None:
            return None
        size = contract.variables.get(name) or found[1]
        if not size:
            unsized.add(name)
        return found[0], size or 8

    precondition = preconditions(contract, data)
    # What lies outside the image keeps the platform's convention, whatever the wrapper's own is.
    platform = load_convention("ms" if contract.convention.name == "ms" else "sysv")
    surroundings = Surroundings(
        contract.noreturn,
        contract.vouched,
        platform.volatile,
        platform.results[:1],
        platform.results[1:],  # after a function that returns less: what they held before, say
        issuing,
        platform.arguments,
        home=platform.stack_arguments - 8,
        trusts_endings=budget.trusts_endings,
    )
    entry, watch = contract.entry_state(), watched(contract)
    forgets = contract.call is None
    leaves = {"tdcall": model.every_tdcall, "seamcall": model.every_seamcall}
    scenario = Scenario(image, address, entry, surroundings, watch, leaves)

    paths = execute(
        image, address, entry, model, surroundings, watch, precondition, solver, budget, forgets_calls=forgets
    )
    context = Context(contract, paths, data, limits.no_rbp_mod, partial(_in_image, image))
    return Run(context, precondition, scenario, solver, assumed, unsized)


def judge(run: Run) -> Proof:
    """Every obligation, discharged over these paths; a refutation is replayed."""
    context, paths = run.context, run.context.paths
    findings = tuple(
        _replayed(finding, context, run.scenario, run.solver)
        for finding in discharge(context, run.precondition, run.solver)
    )
    called = {call.instruction for path in paths for call in path.calls}
    assumptions = {*context.contract.assumptions, *(a for path in paths for a in path.assumptions)}
    assumptions |= {text for instruction, text in run.assumed if instruction in called}
    assumptions |= assumed_of_masks(context)
    assumptions |= _patched(run.scenario.image, paths)
    assumptions |= {f"{name} has 8 bytes (the file does not state its size)" for name in run.unsized}
    return Proof(findings, paths, tuple(sorted(assumptions)), exposures(paths))


def _in_image(image: Image, value: int) -> bool:
    """Is this constant an address of the image? A small one is more likely a number: shared objects start at 0."""
    return value >= _SMALL and (image.section_at(value) is not None or image.object_around(value) is not None)


def _patched(image: Image, paths: tuple[Path, ...]) -> set[str]:
    """What the kernel does to the executed code at run time without changing what it means."""
    executed = {address for path in paths for address in path.trace}
    kinds = {image.rewrites.plain[address] for address in executed if address in image.rewrites.plain}
    if executed and image.rewrites.accounting:
        kinds.add("call depth accounting")
    unknown = image.unlocated if executed else ()
    return {
        *(f"the kernel's run-time patching ({kind}) keeps the meaning that the code has in the file" for kind in kinds),
        *(f"no {kind} is in the code that was executed (the file does not tell where they are)" for kind in unknown),
    }


def _replayed(finding: Finding, context: Context, scenario: Scenario, solver: Solver) -> Finding:
    """A refutation is one only if its counterexample, run in the emulator, breaks the obligation."""
    if finding.claim is None or finding.model is None:
        return finding
    if finding.claim.rests_on_forgotten:
        message = f"{finding.message}; but that rests on a loop or a function outside: nobody knows what it leaves"
        return replace(finding, status=Status.INCOMPLETE, message=message)
    assignment, model = assignment_for(finding.claim, finding.model, context.contract, solver)
    counterexample = describe(finding.claim, assignment, model)
    try:
        violates(finding.claim, finding.id, context, scenario, assignment)
    except ReplayError as error:
        message = f"{finding.message}; but the counterexample does not replay: {error}"
        return replace(finding, status=Status.INCOMPLETE, message=message, counterexample=counterexample)
    if (why := _depends_on(finding.claim, solver)) is not None:
        message = f"{finding.message}; but that depends on what {why}"
        return replace(finding, status=Status.INCOMPLETE, message=message, counterexample=counterexample)
    return replace(finding, counterexample=counterexample, replayed=True)


def _depends_on(claim: Claim, solver: Solver) -> str | None:
    """What functions outside must do for a claim to be broken; None if it is without them."""
    others = {name.split(".")[1] for name in constants_of(claim.formula) if origin_of(name) is Origin.OUTSIDE}
    deciding = {name for condition in claim.conditions for name in constants_of(condition)}
    others |= {name.split(".")[1] for name in deciding if is_left(name.rstrip("'"))}
    others.discard(TDX_MODULE.name)  # which may write anything: a report holds what others chose
    if others:
        return f"{', '.join(sorted(others))} does, outside the image"
    changed = claim.changed_by_others
    if changed and solver.check(*claim.broken_by_itself())[0] is not Answer.SAT:
        return f"functions outside the image leave in {', '.join(changed[:3])}"
    return None


def _model(contract: Contract, no_rbp_mod: bool) -> tuple[Model, list[tuple[str, str]]]:
    """The module as the contract lets it be called, and what that assumes, by instruction."""
    every_tdcall = tuple(load_catalogue("tdcall").leaves.values())
    every_seamcall = tuple(_without_rbp(leaf, no_rbp_mod) for leaf in load_catalogue("seamcall").leaves.values())
    tdcall, seamcall = every_tdcall, every_seamcall
    assumed: list[tuple[str, str]] = []
    if no_rbp_mod:
        assumed.append(("tdcall", "the TD has CONFIG_FLAGS.NO_RBP_MOD, as KVM requires (--rbp-mod for one without)"))
        assumed.append(
            ("seamcall", "the module keeps rbp at TDH.VP.ENTER (NO_RBP_MOD, 1.5.06 and later; --rbp-mod otherwise)")
        )
    if contract.call is None:
        kept = frozenset(contract.preserves)
        tdcall = tuple(leaf for leaf in every_tdcall if leaf.number == VMCALL or not leaf.modified & kept)
        seamcall = tuple(leaf for leaf in every_seamcall if not leaf.modified & kept)
        text = "a leaf that the caller chooses changes no register that the calling convention preserves"
        assumed += [("tdcall", text), ("seamcall", text)]
    elif contract.call.instruction == "tdcall":
        tdcall = contract.call.leaves
    else:
        seamcall = tuple(_without_rbp(leaf, no_rbp_mod) for leaf in contract.call.leaves)
    call = contract.call
    within = call is not None and not call.vmcall and call.failure.status != "panic"
    return Model(tdcall, seamcall, every_tdcall, every_seamcall, no_rbp_mod, call is None, within), assumed


def _without_rbp(leaf: Leaf, no_rbp_mod: bool) -> Leaf:
    if leaf.name != _ENTERS_GUEST or not no_rbp_mod:
        return leaf
    return replace(leaf, modified=leaf.modified - {"rbp"})
