"""The result of a run: verdicts, call sites, path counts and assumptions. It alone decides the exit status.

0: everything proved and every TDX call site covered by a proved contract; 1: something refuted; 3: undecided. (2, input
and usage errors, and 4, internal errors, end the command before there is a report.)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tdxprove.verdict import Status, Verdict, join

SCHEMA = "tdxprove.report/1"


@dataclass(frozen=True)
class Site:
    """A TDX instruction of the input: where it is, and the contract under which its function was judged.

    `covered` says that the function around it is proved, or, where no such proof executes it, all that lead to it are;
    `calls` what it was run with on the paths that were followed: leaf, sub-function, mask.
    """

    file: str
    address: str
    instruction: str
    symbol: str | None
    contract: str | None
    covered: bool
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathCount:
    """How the paths of one function ended, by end kind; `linked` are other files that the verdict depends on."""

    file: str
    symbol: str
    contract: str
    ends: tuple[tuple[str, int], ...]
    linked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that one run found out.

    `contracts` says which contract sets were used for which kind of file, and why, where the user did not name them.
    """

    verdicts: tuple[Verdict, ...]
    sites: tuple[Site, ...]
    paths: tuple[PathCount, ...]
    assumptions: tuple[str, ...]
    contracts: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """The joined status of all verdicts."""
        return join(verdict.status for verdict in self.verdicts)

    @property
    def uncovered(self) -> tuple[Site, ...]:
        """Sites that no proved contract covers."""
        return tuple(site for site in self.sites if not site.covered)

    @property
    def exit_status(self) -> int:
        """See the module's docstring."""
        if self.status is Status.REFUTED:
            return 1
        return 0 if self.status is Status.PROVED and not self.uncovered else 3

    @property
    def summary(self) -> dict[str, int]:
        """Counts by status, and of sites."""
        counts = Counter(verdict.status for verdict in self.verdicts)
        return {
            **{status.value: counts[status] for status in Status},
            "sites": len(self.sites),
            "uncovered": len(self.uncovered),
        }
