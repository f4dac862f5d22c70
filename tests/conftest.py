"""The repository on the path, so that tests can share helpers; and the count of mutants behind the last test."""

import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is in a job that a shell runs in the background, and what a test starts there could not be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many mutants were killed, by wrapper and in total; test_mutants.py records it with its results."""
    from tests.mutation import table

    rows = [
        (str(report.nodeid).rpartition("[")[2].removesuffix("]"), name.removeprefix("mutants "), int(str(count)))
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, count in report.user_properties
        if name.startswith("mutants ")
    ]
    if rows:
        counts = Counter({(wrapper, kind): count for wrapper, kind, count in rows})
        terminalreporter.section("mutants")
        terminalreporter.write_line(table(counts.elements()))
