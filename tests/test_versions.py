"""Both supported versions of angr give the same verdicts: what differs between them must not decide what is proved.

The other version lives in an environment of its own, whose Python the variable TDXPROVE_OTHER_PYTHON names (.ci/run
sets it). Everything is compared but the wording and the values of counterexamples, which Z3 is free to choose.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import CASES, SEED, compile_to, run, words

VARIABLE = "TDXPROVE_OTHER_PYTHON"
COUNT = 40
UNDECIDED = (
    "loop-fills-frame-through-pointer", "loop-retry-sends-rbx-later", "generic-call-skipped",
    "generic-jump-through-argument",
)  # fmt: skip
Judgement = tuple[str, bool, bool, str | None]
"""Status, replayed, implied and the place."""

Verdicts = Mapping[tuple[str, str, str], Judgement]


def chosen() -> list[Path]:
    """About forty cases, evenly spread over their names, one of each area at least; and every correct wrapper."""
    cases = sorted(CASES.glob("*.s"))
    spread = {*cases[:: max(1, len(cases) // COUNT)], *(CASES / f"{name}.s" for name in UNDECIDED)}
    spread |= set({path.name.partition("-")[0]: path for path in cases}.values())
    return [*sorted(spread), *sorted(SEED.glob("*.S"))]


def contracts_for(source: Path) -> str:
    """The contract set that a case names, as `--contracts` takes it."""
    named = re.search(r"^# contract: *(\S+)", source.read_text(), re.MULTILINE)
    name = "seed" if named is None or named[1] == "generic" else named[1]
    return str(CASES / name) if name.endswith(".yaml") else name


@pytest.fixture(scope="module")
def other() -> str:
    """The Python of the environment with the other version of angr."""
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} is not set: it names the Python of an environment with the other version of angr")
    return python


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """What both prove, by the contracts that speak of it: the very same files."""
    folder = tmp_path_factory.mktemp("versions")
    found: dict[str, list[Path]] = {}
    for source in chosen():
        found.setdefault(contracts_for(source), []).append(compile_to(folder, source))
    return found


def version(python: str) -> str:
    """The release of angr in that environment."""
    code = "import importlib.metadata; print(importlib.metadata.version('angr'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def report(python: str, contracts: str, objects: Sequence[Path]) -> dict[str, Any]:
    """What the command says of the files."""
    command = words("prove", *objects, "--contracts", contracts, "--format", "json", "--jobs", "1", python=python)
    done = run(command, timeout=600)
    assert done.returncode in {0, 1, 3}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["exit_status"] == done.returncode
    return found


def verdicts(found: Mapping[str, Any]) -> Verdicts:
    """By file, symbol and obligation."""
    judged = {}
    for one in found["verdicts"]:
        location = one["location"]
        place = None if location is None else f"{location['symbol']}+{location['offset']}"
        judgement = (one["status"], one["replayed"], one["implied"], place)
        judged[Path(one["file"]).name, one["symbol"], one["obligation"]] = judgement
    assert len(judged) == len(found["verdicts"])
    return judged


def test_both_versions_of_angr_agree(other: str, objects: dict[str, list[Path]]) -> None:
    """Case by case and obligation by obligation; and they are two versions, or this would show nothing."""
    releases = [version(python).partition(".")[0] for python in (sys.executable, other)]
    assert len(set(releases)) == 2, f"{VARIABLE} names an environment with angr {releases[1]}, as here"
    statuses: set[str] = set()
    for contracts, files in objects.items():
        with ThreadPoolExecutor(2) as pool:
            reports = pool.map(partial(report, contracts=contracts, objects=files), (sys.executable, other))
        here, there = reports
        mine, theirs = verdicts(here), verdicts(there)
        different = {key: (mine.get(key), theirs.get(key)) for key in mine.keys() | theirs.keys()}
        assert not {key: pair for key, pair in different.items() if pair[0] != pair[1]}
        for part in ("sites", "summary", "exit_status", "assumptions"):
            assert here[part] == there[part]
        assert {file for file, _, _ in mine} == {path.name for path in files}
        statuses |= {judgement[0] for judgement in mine.values()}
    assert {"proved", "refuted", "incomplete", "vacuous"} <= statuses


def test_the_choice_of_cases_is_wide() -> None:
    """Every area of the cases and every wrapper is among the files that are compared."""
    names = {path.name for path in chosen()}
    assert len(names) >= COUNT
    areas = {path.name.partition("-")[0] for path in CASES.glob("*.s")}
    assert areas == {name.partition("-")[0] for name in names if name.endswith(".s")}
    assert {path.name for path in SEED.glob("*.S")} <= names
