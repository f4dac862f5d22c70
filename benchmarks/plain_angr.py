"""Do with angr alone what `tdxprove prove` does first: load the files, run the functions symbolically.

What bench.py compares with: angr as its own documentation uses it. It knows no TDX, so the benchmark hands it a job:
the functions that tdxprove chose, in files that angr's loader takes, and where in them a TDX instruction stands. It
proves nothing, and gives up where tdxprove may not: a function is left after STEPS basic blocks in a row, or with more
than STATES states at once.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from pathlib import Path

import angr

STEPS = 200
STATES = 32
OUTPUTS = ("rax", "rcx", "rdx", "rbx", "rsi", "rdi", *(f"r{number}" for number in range(8, 16)))
"""What the simplest model of a TDX instruction leaves unknown: each register that a leaf may answer in."""
LENGTH = 4
"""Bytes of TDCALL and SEAMCALL."""


def main() -> int:
    """Run the job in the file that is named, and say how it ended."""
    logging.disable()
    ends: Counter[str] = Counter()
    for part in json.loads(Path(sys.argv[1]).read_text()):
        run(part["file"], part["functions"], part["sites"], ends)
    print(
        f"{ends['functions']} functions, {ends['left']} of them left at {STEPS} blocks or {STATES} states; "
        f"{ends['returned']} states returned, {ends['errors']} ended in an error"
    )
    return 0


def run(file: str, functions: list[int], sites: list[int], ends: Counter[str]) -> None:
    """Run the functions of one file; addresses are as it was linked."""
    project = angr.Project(file, auto_load_libs=False)
    shift = project.loader.main_object.mapped_base - project.loader.main_object.linked_base
    for address in sites:
        project.hook(address + shift, answer, length=LENGTH)
    for address in functions:
        manager = project.factory.simulation_manager(project.factory.call_state(address + shift))
        manager.run(n=STEPS, until=lambda now: len(now.active) > STATES)
        ends.update(functions=1, left=bool(manager.active))
        ends.update(returned=len(manager.deadended), errors=len(manager.errored))


def answer(state: angr.SimState) -> None:
    """Stand for a TDX instruction."""
    for name in OUTPUTS:
        setattr(state.regs, name, state.solver.BVS(f"tdx_{name}", 64))


if __name__ == "__main__":
    sys.exit(main())
