"""From a solver's model to a concrete run that a person can follow: many zeros, recognisable pointers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import z3

from tdxprove import symbols
from tdxprove.claims import Claim
from tdxprove.contract import Contract
from tdxprove.solver import Solver
from tdxprove.symbols import Origin
from tdxprove.terms import constants_of
from tdxprove.verdict import Counterexample

STACK_POINTER = 0x7FFE_0000_7FF8
"""Preferred RSP at entry: plus 8 a multiple of 16, as the conventions require."""

RETURN_ADDRESS = 0x7FFC_0000_1000
GS_BASE = 0x7FFB_0000_0000
FS_BASE = 0x7FFA_0000_0000
OBJECTS = 0x1000_0000
OBJECT_STEP = 0x10_0000
"""Preferred address of the first object that an argument points to, and the distance to the next."""


@dataclass(frozen=True)
class Assignment:
    """Values of all symbols; what is not listed is free and taken as zero.

    Names with a prime belong to the second run of a noninterference claim.
    """

    values: Mapping[str, int]

    def first(self) -> dict[str, int]:
        """Values of the first run."""
        return {name: value for name, value in self.values.items() if not name.endswith("'")}

    def second(self) -> dict[str, int]:
        """Values of the second run: those of the first, unless it has its own."""
        own = {name[:-1]: value for name, value in self.values.items() if name.endswith("'")}
        return {**self.first(), **own}


def preferred(contract: Contract) -> Mapping[str, int]:
    """Values that make a run readable and keep regions apart, tried first."""
    wanted = {
        symbols.entry("rsp"): STACK_POINTER,
        symbols.RETURN_ADDRESS: RETURN_ADDRESS,
        symbols.entry("gs_base"): GS_BASE,
        symbols.entry("fs_base"): FS_BASE,
    }
    pointers = [argument for argument in contract.arguments if argument.pointee is not None]
    for number, argument in enumerate(pointers):
        wanted[symbols.argument(argument.name)] = OBJECTS + number * OBJECT_STEP
    return wanted


def assignment_for(
    claim: Claim, model: z3.ModelRef, contract: Contract, solver: Solver
) -> tuple[Assignment, z3.ModelRef]:
    """An assignment that breaks the claim as `model` does, as simple as the solver finds within its budget."""
    formulas = [*claim.conditions, z3.Not(claim.formula)]
    terms: dict[str, z3.BitVecRef] = {}
    for formula in (*formulas, *(term for _, term in claim.shows)):
        terms.update(constants_of(formula))
    layout = preferred(contract)
    for name in layout:
        terms.setdefault(name, z3.BitVec(name, 64))
    model = solver.simplest(formulas, model, _wishes(terms, layout))
    values = {name: model.eval(term, model_completion=True).as_long() for name, term in terms.items()}
    if not any(name in formula_names(formulas) for name in terms if name.endswith("'")):
        values = {name: value for name, value in values.items() if not name.endswith("'")}
    return Assignment(values), model


def formula_names(formulas: list[z3.BoolRef]) -> set[str]:
    """Names of all symbols in the formulas."""
    return {name for formula in formulas for name in constants_of(formula)}


def _wishes(terms: Mapping[str, z3.BitVecRef], layout: Mapping[str, int]) -> Iterator[z3.BoolRef]:
    # The rest of RFLAGS comes first: the emulator can not hold most of it, and another flag may do as well.
    ordered = sorted(terms.items(), key=lambda item: (item[0].rstrip("'") != symbols.entry("rflags"), item[0]))
    for name, term in ordered:
        if name.rstrip("'") in layout:
            yield term == layout[name.rstrip("'")]
    for name, term in ordered:
        if name.endswith("'") and name[:-1] in terms and name.rstrip("'") not in layout:
            yield term == terms[name[:-1]]  # the two runs differ as little as possible
    for name, term in ordered:
        if name.rstrip("'") not in layout:
            yield term == 0
    for name, term in ordered:
        if name.rstrip("'") not in layout and term.size() > 8:
            yield z3.ULE(term, 0xFF)


def describe(claim: Claim, assignment: Assignment, model: z3.ModelRef) -> Counterexample:
    """The run as reports print it: who chose what, and the quantities that the obligation compares."""
    first, second = assignment.first(), assignment.second()
    matter = {name.rstrip("'") for name in formula_names([*claim.conditions, claim.formula])}
    matter |= {name for _, term in claim.shows for name in constants_of(term)}
    answered = {name: v for name, v in first.items() if symbols.origin_of(name) in {Origin.VMM, Origin.MODULE}}
    entry = {name: value for name, value in first.items() if name in matter and name not in answered}
    shows = tuple((label, model.eval(term, model_completion=True).as_long()) for label, term in claim.shows)
    differs = {name: value for name, value in second.items() if first.get(name) != value}
    outcomes = tuple(f"{call.instruction}: {call.outcome.value}" for call in claim.path.calls)
    return Counterexample(entry, answered, shows, differs, outcomes)
