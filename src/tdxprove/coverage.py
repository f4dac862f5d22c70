"""What the proofs of a run cover: functions that are judged as parts of their callers, and call sites."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tdxprove.callers import whole
from tdxprove.callgraph import entered_from, shared_by
from tdxprove.generic import GENERIC
from tdxprove.image import Image, Symbol
from tdxprove.report import PathCount, Site
from tdxprove.selection import Task
from tdxprove.verdict import Status, Verdict, join


@dataclass(frozen=True)
class Outcome:
    """What one task found; `trace` is every address that was executed, `calls` what TDX instructions did."""

    verdicts: tuple[Verdict, ...]
    paths: PathCount
    trace: frozenset[int]
    calls: Mapping[int, tuple[str, ...]]
    assumptions: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """All obligations of the function hold."""
        return join(verdict.status for verdict in self.verdicts) is Status.PROVED


@dataclass(frozen=True)
class Judged:
    """A function with what was found out about it."""

    task: Task
    outcome: Outcome

    @property
    def address(self) -> int:
        """Where the function starts."""
        return self.task.symbol.address


def parts(image: Image, judged: Sequence[Judged], noreturn: frozenset[str]) -> dict[int, tuple[Symbol, ...]]:
    """Functions that are not proved by themselves but as parts of all that can call them, by address, with those.

    A static function owes nothing to arguments that it never gets: where all its callers are known, and proved, every
    execution of it was followed in their proofs. One that has a contract of its own must keep that.
    """
    settled = {one.address for one in judged if one.outcome.proved}
    failed = {one.address: one for one in judged if not one.outcome.proved}
    settled -= failed.keys()
    found: dict[int, tuple[Symbol, ...]] = {}
    while True:
        new = {}
        for address, one in failed.items():
            if address in found or one.task.contract.set != GENERIC:
                continue
            callers = [c for c in entered_from(image, one.task.symbol, noreturn) or () if c.address != address]
            if callers and all(whole(image, caller).address in settled for caller in callers):
                new[address] = tuple(dict.fromkeys(callers))
        if not new:
            return found
        found |= new
        settled |= new.keys()


def described(one: Judged, callers: Sequence[Symbol]) -> str:
    """What the report says of a function that is judged as a part of its callers."""
    names = ", ".join(sorted({caller.name for caller in callers}))
    return f"{one.task.symbol.name} is called by {names} only, and judged as a part of that"


def covered_sites(
    image: Image, judged: Sequence[Judged], within: Collection[int], noreturn: frozenset[str]
) -> Iterator[Site]:
    """Every site of an image, covered if its function is proved, and, where that does not execute it, all that do are.

    No proof of a caller makes up for the function's own, which others may call: but for one that only proved functions
    can call (those at the addresses `within` among them). Where no symbol says which function a site is in, all that
    lead to it have to be proved.
    """
    judged = [one for one in judged if one.address not in within]
    for site in image.sites:
        executing = [one for one in judged if site.address in one.outcome.trace]
        function = None if site.symbol is None else whole(image, site.symbol)
        own = [one for one in judged if function and one.address == function.address]
        judges = [one for one in own if one in executing] or executing
        covered = bool(judges) and all(one.outcome.proved for one in (*judges, *own))
        if covered and not own and (function is None or function.address not in within):
            proved = {one.address for one in executing} | set(within)
            callers = (
                shared_by(image, site.address, noreturn)
                if function is None
                else entered_from(image, function, noreturn)
            )
            covered = callers is not None and all(whole(image, caller).address in proved for caller in callers)
        yield Site(
            image.file(site.address),
            image.display(site.address),
            site.instruction,
            site.symbol.name if site.symbol is not None else None,
            judges[0].task.contract.set if judges else None,
            covered,
            tuple(sorted({text for one in executing for text in one.outcome.calls.get(site.address, ())})),
        )
