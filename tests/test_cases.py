"""Every file of tests/cases is judged exactly as its header says: these obligations, for this reason, and no others."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.report import Report
from tdxprove.selection import Options
from tdxprove.verdict import Status

CASES_FOLDER = Path(__file__).parent / "cases"
CASES = sorted(CASES_FOLDER.glob("*.s"))


@dataclass(frozen=True)
class Case:
    """The header of a case: contract set, symbol, and (status, obligation) of all that is not proved, with a word.

    `convention` is that of the generic contract, None for that of the file; `scrubs` asks it for scrubs/*, too.
    """

    contract: str
    symbol: str
    convention: str | None
    scrubs: bool
    expected: dict[tuple[str, str], str]


def read_case(path: Path) -> Case:
    """The header lines `# key: value`; `because` belongs to the `expect` before it."""
    keys = "title|contract|symbol|convention|scrubs|expect|because"
    header = re.findall(rf"^# ({keys}): *(.*)$", path.read_text(), re.MULTILINE)
    single = {key: value for key, value in header if key in {"contract", "symbol", "convention", "scrubs"}}
    expected: dict[tuple[str, str], str] = {}
    last = None
    for key, value in header:
        if key == "expect" and value != "proved":
            status, obligation = value.split()
            last = (status, obligation)
            expected[last] = ""
        elif key == "because":
            assert last is not None, f"{path}: because without an expect"
            expected[last] = value
    assert any(key == "expect" for key, _ in header), f"{path}: no expectation"
    return Case(single["contract"], single["symbol"], single.get("convention"), "scrubs" in single, expected)


def assemble(source: Path, folder: Path) -> Path:
    """The object file of an assembly source."""
    target = folder / f"{source.stem}.o"
    subprocess.run(["gcc", "-c", str(source), "-o", str(target)], check=True, capture_output=True, text=True)
    return target


def contract_set(name: str) -> str:
    """What `--contracts` gets: a bundled set, or a file beside the cases."""
    if name.endswith(".yaml"):
        return str(CASES_FOLDER / name)
    return "seed" if name == "generic" else name


def found_in(report: Report) -> dict[tuple[str, str], str]:
    """Everything that is not proved, but for what only hangs on `complete` or `covers/*`."""
    return {
        (verdict.status.value, verdict.obligation): verdict.message
        for verdict in report.verdicts
        if verdict.status is not Status.PROVED and not verdict.implied
    }


@pytest.mark.parametrize("source", CASES, ids=lambda path: path.stem)
def test_case(source: Path, tmp_path: Path) -> None:
    """The verdicts are those of the header, each refutation has been replayed, and the exit status follows."""
    case = read_case(source)
    contracts = (contract_set(case.contract),)
    options = Options(contracts, symbols=(case.symbol,), convention=case.convention, scrubs=case.scrubs)
    report = prove([assemble(source, tmp_path)], options)
    found = found_in(report)
    assert set(found) == set(case.expected), "\n".join(f"{key}: {text}" for key, text in found.items())
    for key, word in case.expected.items():
        assert word.lower() in found[key].lower()
    assert all(verdict.replayed for verdict in report.verdicts if verdict.status is Status.REFUTED)
    statuses = {status for status, _ in case.expected}
    assert report.exit_status == (1 if "refuted" in statuses else 3 if statuses else 0)


def test_both_directions() -> None:
    """Every kind of obligation has a case that breaks it, and there are plenty that break none."""
    cases = [read_case(path) for path in CASES]
    broken = {obligation.split("/")[0] for case in cases for _, obligation in case.expected}
    whole = {"mask/reserved", "mask/permitted", "mask/required", "memory/reads", "memory/writes", "covers/call"}
    assert {"leaf", "mask", "passes", "confines", "yields", "returns", "preserves", "scrubs", "complete"} <= broken
    assert {"stack", "memory", "control", "failure", "covers"} <= broken
    assert whole <= {obligation for case in cases for _, obligation in case.expected}
    assert len(cases) >= 150
    assert sum(not case.expected for case in cases) >= 60
