"""Measure what the command costs beyond what it cannot avoid, with the aims that the project has set itself.

All commands take turns, so that what else the machine does falls on each of them alike; of the rounds the fastest
counts. A command that has taken ENOUGH seconds in all is not run again, so long ones have fewer rounds. A run that
fails is no measurement: it counts for nothing, and what has no run left meets no aim. A benchmark and not a test: the
exit status says nothing about the aims.

The package is compiled to bytecode first, as pip does when it installs one: angr is, and where the environment forbids
to write bytecode, each run would compile tdxprove anew.

Kernels and firmware that `make real` has fetched are measured too, beside angr alone (plain_angr.py), which loads the
same file, or what is packed in it, and runs the functions that tdxprove proves.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from images import ROOT, TDXPROVE, WANTED, Image, fetched_images
from measure import Run
from rich.console import Console
from tables import aims, costs

ONE = "tdvmcall_map_gpa"
ENOUGH = 60.0


def main() -> int:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each command runs (default 5)")
    rounds = max(1, parser.parse_args().rounds)
    # A width of its own where there is no terminal: a table that is cut to 80 columns loses figures.
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    compileall.compile_dir(ROOT / "src", quiet=1)
    with tempfile.TemporaryDirectory(prefix="tdxprove-bench-") as directory:
        objects = build(Path(directory))
        images = list(fetched_images(Path(directory)))
        runs = {run.name: run for run in commands(objects, images)}
        measure(runs.values(), rounds, console)
    console.print(costs(runs, rounds))
    console.print(aims(runs, len(objects)))
    for line in remarks(images, runs):
        console.print(line, markup=False)
    for run in runs.values():
        if run.failures:
            statuses = ", ".join(map(str, run.failures))
            console.print(
                f"{run.name}: {len(run.failures)} of {len(run.failures) + len(run.seconds)} runs failed "
                f"(exit status {statuses}) and do not count",
                style="red",
            )
    return 0


def measure(runs: Iterable[Run], rounds: int, console: Console) -> None:
    """Run all commands by turns."""
    for number in range(rounds):
        for run in runs:
            if run.spent < ENOUGH:
                console.print(f"round {number + 1} of {rounds}: {run.name}")
                run.once()


def build(directory: Path) -> list[Path]:
    """Objects of the seed wrappers, each in a file of its own."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    objects = []
    for source in sorted((ROOT / "wrappers" / "seed").glob("*.S")):
        target = directory / f"{source.stem}.o"
        subprocess.run([*compiler, "-c", str(source), "-o", str(target)], check=True)
        objects.append(target)
    return objects


def commands(objects: Sequence[Path], images: Iterable[Image]) -> Iterator[Run]:
    """What is measured; each baseline next to what is compared with it."""
    one = next(path for path in objects if path.stem == ONE)
    yield Run("python -c pass", [sys.executable, "-c", "pass"])
    yield Run("tdxprove --help", [*TDXPROVE, "--help"])
    yield Run("import angr", [sys.executable, "-c", "import angr"])
    yield Run("prove one", [*TDXPROVE, "prove", str(one), "--contracts", "seed"])
    yield Run("prove all", [*TDXPROVE, "prove", *map(str, objects), "--contracts", "seed"])
    for image in images:
        yield from image.runs()


def remarks(images: Sequence[Image], runs: dict[str, Run]) -> Iterator[str]:
    """What the figures of kernels and firmware stand for."""
    for image in images:
        yield f"{image.wanted.name}: {image.corpus}"
        for name in (f"prove {image.wanted.name}", f"plain angr on {image.wanted.name}"):
            if name in runs and runs[name].told:
                yield f"  {name}: {runs[name].told}"
    here = {image.wanted.name for image in images}
    if missing := [wanted.name for wanted in WANTED if wanted.name not in here]:
        yield f"Not measured: {', '.join(missing)}. `make real` fetches what is missing."


if __name__ == "__main__":
    sys.exit(main())
