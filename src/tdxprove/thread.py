"""A path under construction: its state, what led here, what happened on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from tdxprove.detours import Detours
from tdxprove.path import Access, Call, Transfer


@dataclass(frozen=True)
class Budget:
    """How much is explored before a path is cut.

    Instructions per path, paths per function, how often one path may come to the same branch with both ways open
    (a loop without a known bound), instructions on all paths of a function, and how many more once a path has been cut:
    then the function is undecided whatever they do, unless something is wrong with it. `single_rounds`: what comes out
    of single rounds of a loop is followed also where another path covers it, so that what is wrong can be shown.
    `forgets`: what rounds of such loops change is forgotten (tdxprove.loops); without, they are followed one by one, up
    to the first path that is cut. `merges`: paths that come to the same place become one (tdxprove.merging).
    `trusts_endings`: functions that never return are not followed (tdxprove.endless).
    """

    steps: int = 20_000
    paths: int = 400
    rounds: int = 24
    total: int = 40_000
    undecided: int = 8_000
    single_rounds: bool = False
    forgets: bool = True
    merges: bool = False
    trusts_endings: bool = False


class CutError(Exception):
    """This path is not followed further."""


@dataclass
class Thread:
    """A path under construction."""

    state: Any
    pc: int
    condition: list[z3.BoolRef]
    calls: list[Call] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    trace: list[int] = field(default_factory=list)
    assumptions: set[str] = field(default_factory=set)
    seen: dict[Any, Any] = field(default_factory=dict)
    """Fingerprints of earlier states, with the expressions that they speak of: kept, or their ids would be reused."""

    system: dict[str, int] = field(default_factory=dict)
    """Bits of the system that this path supposes (tdxprove.rewriting)."""

    standing: dict[int, int | None] = field(default_factory=dict)
    """Which variant stands at a place that the kernel rewrites: the address of its code, None for that of the file."""

    detours: Detours = field(default_factory=Detours)
    settled: int | None = None
    """The place whose variant has just been chosen: its bytes of the file are to be executed."""

    callers: list[int] = field(default_factory=list)
    """Return addresses of the functions of the image that have been entered and not left."""

    loops: dict[Any, Any] = field(default_factory=dict)
    """Heads of loops by branch and callers (tdxprove.loops), and the one that this path starts from."""

    entering: Any = None
    rounds: tuple[tuple[int, int], ...] = ()
    """Loops of which this path has forgotten the rounds, each with how often more had to be forgotten."""

    undecided: Counter[Any] = field(default_factory=Counter)
    visits: Counter[int] = field(default_factory=Counter)
    public: int = 0
    """How many conditions are known to depend on nothing secret (tdxprove.loops)."""

    limits: tuple[z3.BitVecRef, ...] = ()
    """Numbers, and values that neither the VMM nor a secret chose, which bound how far loops go (tdxprove.bounds)."""

    bounded: frozenset[str] = frozenset()
    """Symbols of what such values bound."""

    def fork(self, state: Any, conditions: Sequence[z3.BoolRef]) -> Thread:
        """The same history with another state and further conditions."""
        return Thread(
            state,
            self.pc,
            [*self.condition, *conditions],
            list(self.calls),
            list(self.accesses),
            list(self.transfers),
            list(self.trace),
            set(self.assumptions),
            dict(self.seen),
            dict(self.system),
            dict(self.standing),
            self.detours.copy(),
            self.settled,
            list(self.callers),
            dict(self.loops),
            self.entering,
            self.rounds,
            Counter(self.undecided),
            Counter(self.visits),
            self.public,
            self.limits,
            self.bounded,
        )

    def count_round(self, budget: Budget) -> None:
        """There is more than one way on from here.

        Raises:
            CutError: this path has come here too often without knowing which way to go.
        """
        here = (self.pc, tuple(self.callers))
        self.undecided[here] += 1
        if self.undecided[here] > budget.rounds:
            raise CutError(f"a loop without a known bound: {budget.rounds} rounds and no end")
