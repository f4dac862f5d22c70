"""The only place that runs Z3's decision procedure; everything else only builds formulas.

The budget is Z3's `rlimit`, a count of work steps and not of seconds, so that machines of different speed agree on
the verdict (Z3 guide, "Parameters": rlimit).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import z3

from tdxprove.terms import LONG, contradict, identities, related

DEFAULT_RLIMIT = 20_000_000
"""Work steps for one query: about ten seconds of Z3 on a current machine; the bundled wrappers need under 100,000."""

_FORK = 20
"""Part of the budget of a query that whether a branch can be taken is worth: if nobody knows, it is followed."""

_HARD = 20
"""Queries of one attempt that may take their whole budget: with more, a function is given up."""


class Answer(Enum):
    """What Z3 said about a conjunction."""

    SAT = "sat"  # some assignment satisfies it
    UNSAT = "unsat"  # no assignment satisfies it
    UNKNOWN = "unknown"  # the budget was spent


class Solver:
    """Decides conjunctions of Z3 formulas within a fixed budget each, and so many of them.

    Args:
        rlimit: Z3 work steps that one query may take.
        queries: how many are asked, the same one once; the bundled wrappers need a few hundred each.
        hard: how many of them may take all the work that one may: what all take together is limited by that, or by
            `DEFAULT_RLIMIT` if that is more.
    """

    def __init__(self, rlimit: int = DEFAULT_RLIMIT, queries: int = 8_000, hard: int = _HARD) -> None:
        self.rlimit = max(rlimit, 1)  # to Z3, 0 is no limit
        self._part = max(rlimit // _FORK, 1)
        self.queries = queries
        self.work = max(hard * rlimit, DEFAULT_RLIMIT)
        self._answered: dict[tuple[int, bytes], tuple[Sequence[z3.BoolRef], Answer]] = {}
        """What was answered, by budget and formulas, which are kept (`identities`): paths that part ask much alike."""

    @property
    def exhausted(self) -> bool:
        """Is everything spent, so that no further question is answered?"""
        return self.queries < 0 or self.work < 0

    def check(self, *formulas: z3.BoolRef) -> tuple[Answer, z3.ModelRef | None]:
        """Is the conjunction of `formulas` satisfiable? The model comes with SAT only."""
        return self._check(formulas, self.rlimit)

    def glance(self, *formulas: z3.BoolRef) -> Answer:
        """The same for a part of the budget: where an easy one of several questions will do."""
        return self._check(formulas, self._part, with_model=False)[0]

    def _check(
        self, formulas: Sequence[z3.BoolRef], rlimit: int, *, with_model: bool = True
    ) -> tuple[Answer, z3.ModelRef | None]:
        if contradict(formulas):
            return Answer.UNSAT, None
        key = rlimit, identities(formulas)
        known = self._answered.get(key)
        if known is not None and (known[1] is not Answer.SAT or not with_model):
            return known[1], None
        self.queries -= 1
        if self.exhausted:
            return Answer.UNKNOWN, None
        answer, model = self._ask(formulas, rlimit)
        if len(formulas) <= LONG:
            self._answered[key] = formulas, answer
        return answer, model

    def _solver(self, rlimit: int) -> z3.Solver:
        solver = z3.SolverFor("QF_BV")
        solver.set("rlimit", rlimit)
        solver.set("random_seed", 0)
        return solver

    def _ask(self, formulas: Sequence[z3.BoolRef], rlimit: int) -> tuple[Answer, z3.ModelRef | None]:
        solver = self._solver(rlimit)
        solver.add(*formulas)
        result = self._run(solver)
        if result == z3.sat:
            return Answer.SAT, solver.model()
        if result == z3.unsat:
            return Answer.UNSAT, None
        return Answer.UNKNOWN, None

    def values(self, formulas: Iterable[z3.BoolRef], term: z3.BitVecRef, most: int) -> list[int] | None:
        """All values of `term` under `formulas`; None if they are more than `most`, or nobody knows.

        One question for the budget: they are asked for one after the other, of a solver that has understood the rest.
        """
        self.queries -= 1
        solver = self._solver(self.rlimit)
        solver.add(*formulas)
        found: list[int] = []
        enough = self.work - self.rlimit
        while not self.exhausted and self.work >= enough and len(found) <= most:
            answer = self._run(solver)
            if answer != z3.sat:
                return found if answer == z3.unsat else None
            found.append(solver.model().eval(term, model_completion=True).as_long())
            solver.add(term != found[-1])
        return None

    def _run(self, solver: z3.Solver) -> z3.CheckSatResult:
        before = _steps(solver)
        result = solver.check()
        self.work -= _steps(solver) - before
        return result

    def possible(self, known: Iterable[z3.BoolRef], new: Sequence[z3.BoolRef]) -> bool:
        """Can `new` hold too, where `known` can? An unanswered query counts as yes: no path is lost to a spent budget.

        Only what bears on `new` is asked, which is most of the time of a long path. Where `known` can not hold, the
        answer may be yes as well: such a path is followed in vain.
        """
        return self._check([*related(known, new), *new], self._part, with_model=False)[0] is not Answer.UNSAT

    def simplest(self, formulas: Iterable[z3.BoolRef], model: z3.ModelRef, wishes: Iterable[z3.BoolRef]) -> z3.ModelRef:
        """From a model of `formulas` to one that also grants each wish, in order, where it can.

        A wish whose query is not answered within the budget is not granted.
        """
        solver = self._solver(self.rlimit)
        solver.add(*formulas)
        for wish in wishes:
            if z3.is_true(model.eval(wish, model_completion=True)):
                solver.add(wish)
                continue
            solver.push()
            solver.add(wish)
            if solver.check() == z3.sat:
                model = solver.model()
            else:
                solver.pop()
        return model


def _steps(solver: z3.Solver) -> int:
    """Work steps that Z3 has taken until now, for whatever questions."""
    statistics = solver.statistics()
    return next((int(statistics[n][1]) for n in range(len(statistics)) if statistics[n][0] == "rlimit count"), 0)
