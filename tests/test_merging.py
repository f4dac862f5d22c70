"""Paths that were made one prove nothing that the paths do not prove: wrong cases stay wrong, right ones right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdxprove import prove_function
from tdxprove.check import prove
from tdxprove.selection import Options
from tests.test_cases import CASES, assemble, contract_set, read_case

WRONG = [case for case in CASES if read_case(case).expected]
SOME_WRONG = [case for number, case in enumerate(WRONG) if number % 3 == 0 or case.stem.startswith("merge-")]
RIGHT = [case for case in CASES if case.stem.startswith("merge-") and case not in WRONG]


def exit_status_merged(case: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status where paths that meet are made one from the first on, however few they are."""
    monkeypatch.setattr(prove_function, "_FEW", 0)
    header = read_case(case)
    contracts = (contract_set(header.contract),)
    options = Options(contracts, symbols=(header.symbol,), convention=header.convention, scrubs=header.scrubs)
    return prove([assemble(case, folder)], options).exit_status


@pytest.mark.parametrize("case", SOME_WRONG, ids=lambda path: path.stem)
def test_wrong_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_status_merged(case, tmp_path, monkeypatch) in {1, 3}


@pytest.mark.parametrize("case", RIGHT, ids=lambda path: path.stem)
def test_right_case(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_status_merged(case, tmp_path, monkeypatch) == 0
