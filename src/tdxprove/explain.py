"""What each kind of obligation states and why: `tdxprove explain`, from `specs/obligations.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tdxprove.errors import UsageError
from tdxprove.output import shown
from tdxprove.page import Page
from tdxprove.registers import FLAGS, GPRS, XMMS
from tdxprove.specfile import load_spec, specs_root

_SUBJECTS: Mapping[str, frozenset[str]] = {
    "none": frozenset(),
    "register": frozenset((*GPRS, *XMMS, *FLAGS)),
    "instruction": frozenset(("tdcall", "seamcall")),
}


@dataclass(frozen=True)
class Example:
    """A few lines of assembly, and why they are wrong or right."""

    code: str
    because: str


@dataclass(frozen=True)
class Kind:
    """A kind of obligation; `subject` is what follows it in an id (`none`, `register`, `place`, `instruction`)."""

    name: str
    subject: str
    title: str
    states: str
    matters: str
    source: tuple[str, ...]
    wrong: Example
    right: Example

    @property
    def pattern(self) -> str:
        """Its ids: `complete`, `preserves/<register>`."""
        return self.name if self.subject == "none" else f"{self.name}/<{self.subject}>"

    def accepts(self, subject: str) -> bool:
        """Can an id of this kind have that subject?"""
        return bool(subject) if self.subject == "place" else subject in _SUBJECTS[self.subject]


@functools.cache
def load_kinds() -> Mapping[str, Kind]:
    """All kinds, in the order of the file.

    Raises:
        SpecError: the file is not valid.
    """
    data: Mapping[str, Any] = load_spec(specs_root() / "obligations.yaml", "obligations").data["obligations"]
    return MappingProxyType({
        name: Kind(
            name, what["subject"], what["title"], what["states"], what["matters"], tuple(what["source"]),
            Example(**what["wrong"]), Example(**what["right"]),
        )
        for name, what in data.items()
    })  # fmt: skip


def find_kinds(obligation: str) -> list[Kind]:
    """The kind of an id, with or without its subject; several for the first half of their names (`mask`).

    Raises:
        UsageError: there is no such kind, or it has no such subject.
    """
    kinds = load_kinds()
    if obligation in kinds:
        return [kinds[obligation]]
    name, _, subject = obligation.partition("/")
    if name in kinds and kinds[name].accepts(subject):
        return [kinds[name]]
    family = [kind for kind in kinds.values() if kind.name.startswith(f"{obligation}/")]
    if not family:
        known = ", ".join(kind.pattern for kind in kinds.values())
        raise UsageError(f"no obligation {shown(obligation)}, expected one of {known}")
    return family


def explain_all(page: Page) -> str:
    """The kinds as a table."""
    page.table([((kind.pattern, "bold"), kind.title) for kind in load_kinds().values()])
    page.blank()
    page.line("tdxprove explain OBLIGATION shows one with examples, for instance: tdxprove explain preserves/r12")
    return page.text


def explain(page: Page, obligation: str) -> str:
    """One kind in full.

    Raises:
        UsageError: there is no such kind.
    """
    for number, kind in enumerate(find_kinds(obligation)):
        if number:
            page.blank()
        _show(page, kind)
    return page.text


def _show(page: Page, kind: Kind) -> None:
    page.line((kind.pattern, "bold"), f": {kind.title}")
    page.blank()
    page.line(kind.states, indent=2, hang=0)
    page.blank()
    page.line(("Why it matters: ", "bold"), kind.matters, indent=2, hang=0)
    for title, style, example in (("Wrong", "bold red", kind.wrong), ("Right", "green", kind.right)):
        page.blank()
        page.line((title, style), f": {example.because}", indent=2, hang=0)
        page.verbatim("\n".join(_aligned(line) for line in example.code.splitlines()), indent=4)
    page.blank()
    for source in kind.source:
        page.line(f"Source: {source}", indent=2)


def _aligned(line: str) -> str:
    """Instructions in one column, labels before it."""
    label, _, instruction = line.rpartition(": ")
    return f"{label + ':' if label else '':4}{instruction}"
