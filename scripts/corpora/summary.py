"""Run tdxprove on inputs, and sum up what it says: a line for each input, and a table of all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.inputs import Input

COLUMNS: Final = (
    "corpus",
    "file",
    "verdict",
    "functions",
    "proved",
    "refuted",
    "obligations",
    "sites",
    "uncovered",
    "seconds",
)


@dataclass(frozen=True)
class Row:
    """What one run of `tdxprove prove` found; `proved` and `refuted` count functions, `status` is its exit status."""

    input: Input
    status: int
    verdict: str
    functions: int
    proved: int
    refuted: int
    obligations: int
    sites: int
    uncovered: int
    seconds: float

    def cells(self) -> tuple[str, ...]:
        """The columns as text."""
        counts = (self.functions, self.proved, self.refuted, self.obligations, self.sites, self.uncovered)
        found = tuple(f"{count:,}" for count in counts) if self.functions or self.sites else ("-",) * len(counts)
        return (self.input.corpus, self.input.name, self.verdict, *found, f"{self.seconds:.1f}")


def command_of(one: Input, options: Sequence[str]) -> list[str]:
    """The arguments of `tdxprove` for an input."""
    contracts = [part for name in one.contracts for part in ("--contracts", name)]
    callers = [] if one.callers is None else ["--callers", str(one.callers)]
    return ["prove", str(one.path), *map(str, one.beside), *contracts, *callers, *options]


def prove(one: Input, options: Sequence[str], limit: int) -> Row:
    """Run `tdxprove prove` on an input for at most `limit` seconds."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "report.json"
        arguments = [*command_of(one, options), "--format", "json", "--output", str(output)]
        # A session of its own: the workers of a run that is stopped go with it.
        with subprocess.Popen(
            [sys.executable, "-m", "tdxprove", *arguments], stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                complaint = process.communicate(timeout=limit)[1]
            except subprocess.TimeoutExpired:
                return Row(one, 3, f"no answer in {limit} s", 0, 0, 0, 0, 0, 0, time.monotonic() - start)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        seconds = time.monotonic() - start
        if not output.exists():
            lines = [line for line in complaint.splitlines() if line.strip()]
            print(lines[-1] if lines else f"tdxprove ends with status {process.returncode}", file=sys.stderr)
            return Row(one, process.returncode, "error", 0, 0, 0, 0, 0, 0, seconds)
        return _row(one, process.returncode, json.loads(output.read_text()), seconds)


def _row(one: Input, status: int, report: dict[str, Any], seconds: float) -> Row:
    functions = {_function(v) for v in report["verdicts"]}
    refuted = {_function(v) for v in report["verdicts"] if v["status"] == "refuted"}
    broken = {_function(v) for v in report["verdicts"] if v["status"] != "proved"}
    uncovered = sum(not site["covered"] for site in report["sites"])
    verdict = "undecided" if status == 3 else report["status"]
    return Row(
        one,
        status,
        verdict,
        len(functions),
        len(functions - broken),
        len(refuted),
        len(report["verdicts"]),
        len(report["sites"]),
        uncovered,
        seconds,
    )


def _function(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["file"], verdict["address"], verdict["symbol"]


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a Markdown table, aligned."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    for number, line in enumerate(lines):
        cells = (c.ljust(w) if at < 3 else c.rjust(w) for at, (c, w) in enumerate(zip(line, widths, strict=True)))
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            rule = (("-" * (w - 1)) + ("-" if at < 3 else ":") for at, w in enumerate(widths))
            yield f"| {' | '.join(rule)} |"


def worst(statuses: Iterable[int]) -> int:
    """One exit status of many: an error first, then a refutation, then what is undecided.

    Nothing at all is a status of 3.
    """
    return max(statuses, key=lambda status: (0, 3, 1, 2, 4).index(status) if status in range(5) else 5, default=3)
