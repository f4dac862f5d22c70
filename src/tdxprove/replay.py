"""Run a counterexample in an emulator and see the violation there, before anyone is told of it.

The emulator's run is a `Path` of constants, judged by the same obligations as the symbolic paths; of noninterference,
two runs are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import z3

from tdxprove.claims import Claim, Context
from tdxprove.counterexample import Assignment
from tdxprove.emulator import Run
from tdxprove.obligations import generate
from tdxprove.scenario import ReplayError, Scenario
from tdxprove.terms import evaluated


def violates(claim: Claim, identifier: str, context: Context, scenario: Scenario, assignment: Assignment) -> None:
    """Replay the counterexample of `claim` and observe the violation.

    Raises:
        ReplayError: it can not be observed.
    """
    first = Run(scenario, assignment.first(), claim.path, claim.ordinal).run()
    if claim.observe is not None:
        other = Run(scenario, assignment.second(), claim.second or claim.path, claim.ordinal).run()
        left, right = claim.observe(first), claim.observe(other)
        if left is None or right is None:
            raise ReplayError("a run does not get as far as the observation")
        if z3.is_true(z3.simplify(left == right)):
            raise ReplayError("both runs show the same value")
        return
    again = generate(replace(context, paths=(first,)))
    claims = [c for obligation in again if obligation.id == identifier for c in obligation.claims]
    if not any(_is_broken(c, assignment.first()) for c in claims):
        raise ReplayError(f"the run ends as {first.end.kind.value} and keeps the obligation")


def _is_broken(claim: Claim, values: Mapping[str, int]) -> bool:
    return bool(z3.is_false(evaluated(claim.formula, values)))
