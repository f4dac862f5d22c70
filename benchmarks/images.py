"""Kernels and firmware that `make real` has fetched, and what is measured of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Run

ROOT = Path(__file__).resolve().parents[1]
TDXPROVE = [sys.executable, "-m", "tdxprove"]


@dataclass(frozen=True)
class Wanted:
    """A file to measure.

    `proved` is whether it is proved or only searched. `verdicts` are the exit statuses of a proof that came to its end:
    firmware that ships has findings, and what is measured is the time to find them.
    """

    name: str
    proved: bool = True
    verdicts: Sequence[int] = (0,)


WANTED = (
    Wanted("vmlinux"),
    Wanted("vmlinuz"),
    Wanted("OVMF_CODE_4M.fd", verdicts=(0, 1, 3)),
    Wanted("OVMF_CODE.fd", proved=False),
)


@dataclass(frozen=True)
class Image:
    """A wanted file that is here; `job` is what plain angr is given, None if its loader takes nothing of the file."""

    wanted: Wanted
    corpus: str
    path: Path
    contracts: Sequence[str]
    job: Path | None = None

    def runs(self) -> Iterator[Run]:
        """What is measured of it, plain angr behind what is compared with it."""
        name = self.wanted.name
        options = [str(self.path), *(part for one in self.contracts for part in ("--contracts", one))]
        against = None if self.job is None else f"plain angr on {name}"
        yield Run(f"sites {name}", [*TDXPROVE, "sites", *options], against=against)
        if self.wanted.proved:
            yield Run(f"prove {name}", [*TDXPROVE, "prove", *options], self.wanted.verdicts, against)
        if against is not None:
            yield Run(against, [sys.executable, str(ROOT / "benchmarks" / "plain_angr.py"), str(self.job)])


def fetched_images(directory: Path) -> Iterator[Image]:
    """The wanted files that `make real` has fetched; jobs for plain angr are made in `directory`."""
    script = str(ROOT / "scripts" / "real.py")
    found = subprocess.run([sys.executable, script, "--fetched"], check=True, capture_output=True, text=True)
    here = {one["name"]: one for one in map(json.loads, found.stdout.splitlines())}
    for wanted in WANTED:
        if (one := here.get(wanted.name)) is not None:
            path, contracts = Path(one["path"]), one["contracts"]
            job = _job(path, contracts, directory / wanted.name) if wanted.proved else None
            yield Image(wanted, one["corpus"], path, contracts, job)


def _job(path: Path, contracts: Sequence[str], directory: Path) -> Path | None:
    """What plain angr is given.

    Made in a process of its own: memory that this one had in use before it starts a command would count as the
    command's, for the system carries the peak of a process over into the program that it becomes.
    """
    directory.mkdir()
    target = directory / "job.json"
    script = str(ROOT / "benchmarks" / "job.py")
    made = subprocess.run([sys.executable, script, str(target), str(path), *contracts], check=False)
    return target if made.returncode == 0 else None
