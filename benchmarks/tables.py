"""What was measured, for people."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping

from measure import Run
from rich.table import Table

MOST_TIMES_IMPORT = 1.3
MOST_TIMES_IMPORT_KERNEL = 2.5
MOST_MS_PER_WRAPPER = 60.0
MOST_MB = 450.0
MOST_SECONDS_OF_SITES = {"sites vmlinux": 3.0, "sites OVMF_CODE.fd": 10.0}
"""From the start of the interpreter."""

CAPTION = (
    "Plain angr loads the file, or what is packed in it, and runs the functions that prove proves, on one processor; "
    "sites runs none of them. The ratios are those of the fastest runs, the one in brackets that of processor time, "
    "which says more where other work goes on."
)
"""What must be known to read the last columns."""


def costs(runs: Mapping[str, Run], rounds: int) -> Table:
    """What each command took, also as a multiple of importing angr, and of what angr alone takes for the same file."""
    table = Table(title=f"rounds: at most {rounds}, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs")
    table.caption = CAPTION
    table.add_column("command")
    for heading in ("rounds", "fastest", "slowest", "processor", "memory", "/ import angr", "/ plain angr"):
        table.add_column(heading, justify="right")
    for run in runs.values():
        if not run.seconds:
            table.add_row(run.name, "0", *["failed"] * 4, "-", "-")
            continue
        seconds = (run.best, max(run.seconds), min(run.processor))
        plain = runs.get(run.against or "")
        table.add_row(
            run.name,
            str(len(run.seconds)),
            *(f"{value:.2f} s" for value in seconds),
            f"{run.peak:.0f} MB",
            ratio(run, runs["import angr"]),
            ratio(run, plain),
        )
    return table


def ratio(run: Run, other: Run | None) -> str:
    """How many times as long as another a run takes, and in brackets how much more processor time."""
    if other is None or not run.seconds or not other.seconds:
        return "-"
    return f"{run.best / other.best:.2f} ({min(run.processor) / min(other.processor):.2f})"


def aims(runs: Mapping[str, Run], wrappers: int) -> Table:
    """What was measured against what is aimed at."""
    table = Table(title="aims")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("aim", justify="right")
    table.add_column("")
    angr, every = runs["import angr"], runs["prove all"]
    per_wrapper = 1000 * (every.best - angr.best) / wrappers
    kernel = runs.get("prove vmlinux")
    start = runs["tdxprove --help"].best / runs["python -c pass"].best
    table.add_row("tdxprove --help / python -c pass", f"{start:.1f}")
    rows = [
        ("prove one / import angr", runs["prove one"].best / angr.best, MOST_TIMES_IMPORT, "{:.2f}"),
        (f"(prove all - import angr) / {wrappers} wrappers", per_wrapper, MOST_MS_PER_WRAPPER, "{:.0f} ms"),
    ]
    if kernel is not None:
        rows.append(("prove vmlinux / import angr", kernel.best / angr.best, MOST_TIMES_IMPORT_KERNEL, "{:.2f}"))
    for name, most in MOST_SECONDS_OF_SITES.items():
        if name in runs:
            rows.append((name, runs[name].best, most, "{:.2f} s"))
    proving = (run for run in (runs["prove one"], every, kernel) if run is not None)
    rows += [(f"memory of {run.name}", run.peak, MOST_MB, "{:.0f} MB") for run in proving]
    for name, measured, aim, form in rows:
        verdict = "[green]met[/]" if measured < aim else "[red]missed[/]"
        if math.isnan(measured):
            verdict = "[red]not measured[/]"
        table.add_row(name, form.format(measured), f"< {form.format(aim)}", verdict)
    return table
