"""Statuses join to the worst of them, nothing joins to nothing proved, and the report's exit status follows."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdxprove.report import Report, Site
from tdxprove.verdict import Status, Verdict, join

WORST_FIRST = [Status.REFUTED, Status.UNKNOWN, Status.INCOMPLETE, Status.VACUOUS, Status.PROVED]
SUBSETS = list(chain.from_iterable(combinations(WORST_FIRST, size) for size in range(1, 6)))
STATUSES = st.lists(st.sampled_from(Status))


def report(*statuses: Status, covered: tuple[bool, ...] = ()) -> Report:
    """One verdict for each status, one call site for each truth value."""
    verdicts = tuple(Verdict("x.o", "f", "0x0", "seed", f"o/{n}", s, "") for n, s in enumerate(statuses))
    sites = tuple(Site("x.o", hex(n), "tdcall", "f", "seed", one) for n, one in enumerate(covered))
    return Report(verdicts, sites, (), ())


@pytest.mark.parametrize("subset", SUBSETS, ids="-".join)
def test_the_worst_status_wins(subset: tuple[Status, ...]) -> None:
    assert join(subset) is subset[0]
    assert join(reversed(subset)) is subset[0]


def test_nothing_at_all_is_not_proved() -> None:
    assert join([]) is Status.VACUOUS
    assert join(iter(())) is Status.VACUOUS


@given(STATUSES, STATUSES)
def test_joining_in_parts_is_joining_at_once(left: list[Status], right: list[Status]) -> None:
    """Functions are joined to files and files to runs, so grouping must not matter (empty groups aside)."""
    whole = join(left + right)
    parts = [join(part) for part in (left, right) if part]
    assert whole is join(parts)
    assert (whole is Status.PROVED) == (bool(left + right) and set(left + right) == {Status.PROVED})


def test_there_are_five_statuses_by_these_names() -> None:
    assert {status.value for status in Status} == {"proved", "refuted", "vacuous", "incomplete", "unknown"}
    assert set(WORST_FIRST) == set(Status)


@pytest.mark.parametrize("subset", SUBSETS, ids="-".join)
def test_the_exit_status_is_that_of_the_worst(subset: tuple[Status, ...]) -> None:
    expected = {Status.REFUTED: 1, Status.PROVED: 0}.get(subset[0], 3)
    assert report(*subset).exit_status == expected
    assert report(*subset, covered=(True, True)).exit_status == expected


def test_only_a_proof_that_covers_every_call_site_is_0() -> None:
    assert report(Status.PROVED, covered=(True,)).exit_status == 0
    assert report(Status.PROVED, covered=(True, False)).exit_status == 3
    assert report(covered=(True,)).exit_status == 3
    assert report().exit_status == 3
    assert report(Status.REFUTED, covered=(False,)).exit_status == 1


@given(STATUSES, st.lists(st.booleans()))
def test_the_summary_counts_everything(statuses: list[Status], covered: list[bool]) -> None:
    summary = report(*statuses, covered=tuple(covered)).summary
    assert sum(summary[status.value] for status in Status) == len(statuses)
    assert summary["proved"] == statuses.count(Status.PROVED)
    assert (summary["sites"], summary["uncovered"]) == (len(covered), covered.count(False))
