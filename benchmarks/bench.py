"""Measure what the command costs beyond what it cannot avoid, with the aims that the project has set itself.

All commands take turns, so that what else the machine does falls on each of them alike; of the rounds the fastest
counts. A run that fails is no measurement: it counts for nothing, and what has no run left meets no aim. A benchmark
and not a test: the exit status says nothing about the aims.
"""

from __future__ import annotations

import argparse
import math
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
TDXPROVE = [sys.executable, "-m", "tdxprove"]
ONE = "tdvmcall_map_gpa"

MOST_TIMES_IMPORT = 1.3
MOST_TIMES_IMPORT_KERNEL = 2.5
MOST_MS_PER_WRAPPER = 60.0
MOST_MB = 450.0


@dataclass
class Run:
    """A command that is measured.

    What it took each time that it succeeded: seconds until it ended, seconds of processor time (of all its processes
    together) and megabytes (of its largest process). `failures` holds the other exit statuses.
    """

    name: str
    command: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)

    def once(self) -> None:
        """Run it and note what it took."""
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            self.failures.append(process.returncode)
            return
        self.seconds.append(seconds)
        self.processor.append(usage.ru_utime + usage.ru_stime)
        self.megabytes.append(usage.ru_maxrss / 1024)

    @property
    def best(self) -> float:
        """Seconds of the fastest run; not a number if none succeeded, and so are all figures made of it."""
        return min(self.seconds, default=math.nan)

    @property
    def peak(self) -> float:
        """Megabytes of the largest run."""
        return max(self.megabytes, default=math.nan)


def main() -> int:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each command runs (default 5)")
    rounds = max(1, parser.parse_args().rounds)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="tdxprove-bench-") as directory:
        objects = build(Path(directory))
        kernel = fetched_kernel()
        runs = {run.name: run for run in commands(objects, kernel)}
        for number in range(rounds):
            for run in runs.values():
                console.print(f"round {number + 1} of {rounds}: {run.name}", highlight=False)
                run.once()
    console.print(costs(runs, rounds))
    console.print(aims(runs, len(objects)))
    if kernel is None:
        console.print("The Debian kernel is not measured: `make real` fetches it.", highlight=False)
    for run in runs.values():
        if run.failures:
            statuses = ", ".join(map(str, run.failures))
            console.print(
                f"{run.name}: {len(run.failures)} of {rounds} runs failed (exit status {statuses}) and do not count",
                style="red",
                highlight=False,
            )
    return 0


def build(directory: Path) -> list[Path]:
    """Objects of the seed wrappers, each in a file of its own."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    objects = []
    for source in sorted((ROOT / "wrappers" / "seed").glob("*.S")):
        target = directory / f"{source.stem}.o"
        subprocess.run([*compiler, "-c", str(source), "-o", str(target)], check=True)
        objects.append(target)
    return objects


def fetched_kernel() -> Path | None:
    """The kernel that `make real` has fetched, if it has."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "real.py"), "--path"], check=False, capture_output=True, text=True
    )
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def commands(objects: Sequence[Path], kernel: Path | None) -> Iterator[Run]:
    """What is measured; each baseline next to what is compared with it."""
    one = next(path for path in objects if path.stem == ONE)
    yield Run("python -c pass", [sys.executable, "-c", "pass"])
    yield Run("tdxprove --help", [*TDXPROVE, "--help"])
    yield Run("import angr", [sys.executable, "-c", "import angr"])
    yield Run("prove one", [*TDXPROVE, "prove", str(one), "--contracts", "seed"])
    yield Run("prove all", [*TDXPROVE, "prove", *map(str, objects), "--contracts", "seed"])
    if kernel is not None:
        yield Run("prove vmlinux", [*TDXPROVE, "prove", str(kernel), "--contracts", "linux-6.12"])


def costs(runs: dict[str, Run], rounds: int) -> Table:
    """What each command took."""
    table = Table(title=f"{rounds} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} CPUs")
    table.add_column("command")
    for heading in ("fastest", "slowest", "processor", "memory"):
        table.add_column(heading, justify="right")
    for run in runs.values():
        if not run.seconds:
            table.add_row(run.name, *["failed"] * 4)
            continue
        seconds = (run.best, max(run.seconds), min(run.processor))
        table.add_row(run.name, *(f"{value:.2f} s" for value in seconds), f"{run.peak:.0f} MB")
    return table


def aims(runs: dict[str, Run], wrappers: int) -> Table:
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
    proving = (run for run in (runs["prove one"], every, kernel) if run is not None)
    rows += [(f"memory of {run.name}", run.peak, MOST_MB, "{:.0f} MB") for run in proving]
    for name, measured, aim, form in rows:
        verdict = "[green]met[/]" if measured < aim else "[red]missed[/]"
        if math.isnan(measured):
            verdict = "[red]not measured[/]"
        table.add_row(name, form.format(measured), f"< {form.format(aim)}", verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())
