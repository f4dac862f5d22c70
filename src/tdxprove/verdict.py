"""Statuses and verdicts: what tdxprove says about an obligation, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """The five answers; each member is followed by what it claims."""

    PROVED = "proved"  # No entry state and no behaviour of module or VMM breaks the obligation, on any path.
    REFUTED = "refuted"  # A concrete entry state and VMM or module answer breaks it, and replaying it showed so.
    VACUOUS = "vacuous"  # There is nothing to prove: no allowed entry state reaches what it speaks of.
    INCOMPLETE = "incomplete"  # A path was not followed to its end, or a refutation did not replay; the place is named.
    UNKNOWN = "unknown"  # The solver gave no answer within its budget.


_WEAKEST_FIRST = (Status.REFUTED, Status.UNKNOWN, Status.INCOMPLETE, Status.VACUOUS, Status.PROVED)


def join(statuses: Iterable[Status]) -> Status:
    """One status for many: any refuted wins, else the weakest; nothing at all is vacuous."""
    found = set(statuses)
    return next((status for status in _WEAKEST_FIRST if status in found), Status.VACUOUS)


@dataclass(frozen=True)
class Location:
    """A place in the code: symbol and offset in bytes, address as objdump shows it, and (source file, line) or None.

    `file` is the binary that it lies in where that is not the function's own: another object of the same program.
    """

    symbol: str | None
    offset: int
    address: str
    line: tuple[str, int] | None = None
    file: str | None = None


@dataclass(frozen=True)
class Counterexample:
    """A concrete run that breaks an obligation.

    `entry` and `answers` name the symbols that matter and their values; `shows` the quantities of the obligation;
    `second` (noninterference) the entry values of the run that it is compared with, where they differ.
    """

    entry: Mapping[str, int]
    answers: Mapping[str, int]
    shows: tuple[tuple[str, int], ...]
    second: Mapping[str, int] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """An obligation's status with its evidence."""

    file: str
    symbol: str
    address: str
    contract: str
    obligation: str
    status: Status
    message: str
    location: Location | None = None
    counterexample: Counterexample | None = None
    replayed: bool = False
    implied: bool = False
    """Undecided only because `complete` or `covers/*` of the same function is: reports fold these."""
