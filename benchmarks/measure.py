"""Run commands and note what they take."""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

LIMIT = 1800
"""Seconds after which a run is stopped, and counts as failed."""


@dataclass
class Run:
    """A command that is measured.

    What it took each time that it succeeded: seconds until it ended, seconds of processor time (of all its processes
    together) and megabytes (of its largest process). `failures` holds the exit statuses that are not among `expected`,
    `told` the last line that it printed. `against` names the run of plain angr that did the same with the same file.
    """

    name: str
    command: Sequence[str]
    expected: Sequence[int] = (0,)
    against: str | None = None
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    told: str = ""
    spent: float = 0.0

    def once(self) -> None:
        """Run it and note what it took."""
        start = time.perf_counter()
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            status, usage = _finish(self.command, output.fileno())
            seconds = time.perf_counter() - start
            output.seek(0)
            lines = output.read().splitlines()
        self.spent += seconds
        if status not in self.expected:
            self.failures.append(status)
            return
        self.told = lines[-1] if lines else ""
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


def _finish(command: Sequence[str], output: int) -> tuple[int, resource.struct_rusage]:
    """Run a command to its end or to LIMIT; its exit status and what it used.

    In a session of its own: the workers of a run that is stopped go with it.
    """
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True)
    timer = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
        if process.returncode is None:  # interrupted
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, usage
