"""The pipeline on one screen: load, choose contracts, execute, generate, discharge, replay, report."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tdxprove.callgraph import entered_from, whole
from tdxprove.errors import UsageError
from tdxprove.image import Image, load_images, load_programs
from tdxprove.report import PathCount, Report, Site
from tdxprove.selection import (
    Options,
    Task,
    contract_of,
    issuing_elsewhere,
    load_sets,
    noreturn_of,
    sets_for,
    tasks_of,
    unfollowed,
)
from tdxprove.verdict import Location, Status, Verdict, join

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Outcome:
    """What one task found; `trace` is every address that was executed, `calls` what TDX instructions did."""

    verdicts: tuple[Verdict, ...]
    paths: PathCount
    trace: frozenset[int]
    calls: Mapping[int, tuple[str, ...]]
    assumptions: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """All obligations of the function hold."""
        return join(verdict.status for verdict in self.verdicts) is Status.PROVED


def prove(files: Sequence[Path], options: Options, progress: Progress | None = None) -> Report:
    """Prove every function of `files` that a contract describes or that reaches a TDX instruction.

    Raises:
        ImageError, SpecError, UsageError: see tdxprove.errors.
    """
    images, notes = load_programs(files, options.base)
    sets = load_sets(options)
    elsewhere = issuing_elsewhere(images, options)
    tasks = [task for image in images for task in tasks_of(image, sets_for(image, sets, options), options, elsewhere)]
    if options.symbols and not tasks:
        wanted = ", ".join(options.symbols)
        raise UsageError(f"no function matches {wanted} in {', '.join(str(path) for path in files)}")
    outcomes = list(_run(tasks, options, progress))
    sites = tuple(
        site for image in images for site in _sites(image, tasks, outcomes, noreturn_of(sets_for(image, sets, options)))
    )
    assumptions = {
        *notes,
        *unfollowed(images, tasks, sets, options),
        *(a for outcome in outcomes for a in outcome.assumptions),
    }
    return Report(
        tuple(verdict for outcome in outcomes for verdict in outcome.verdicts),
        sites,
        tuple(outcome.paths for outcome in outcomes),
        tuple(sorted(assumptions)),
    )


def list_sites(files: Sequence[Path], options: Options) -> tuple[Site, ...]:
    """Every TDX instruction of `files` and the contract that speaks of its function; proves nothing.

    Raises:
        ImageError, SpecError, UsageError: see tdxprove.errors.
    """
    sets = load_sets(options)
    found = []
    for path in files:
        for image in load_images(path, options.base):
            applicable = sets_for(image, sets, options)
            for site in image.sites:
                name = site.symbol.name if site.symbol is not None else None
                contract = None if name is None else contract_of(name, image, applicable)
                label = None if contract is None else contract.set
                found.append(
                    Site(image.name, image.display(site.address), site.instruction, name, label, contract is not None)
                )
    return tuple(found)


# -- proving -----------------------------------------------------------------------------------------------------------


_shared: tuple[list[Task], Options] | None = None
"""Tasks of the pool's workers: inherited by fork, since images and contracts are costly to send."""


def _run(tasks: list[Task], options: Options, progress: Progress | None) -> Iterator[Outcome]:
    """Outcomes in the order of the tasks."""
    workers = min(options.jobs, len(tasks))
    outcomes = _run_in_parallel(tasks, options, workers) if workers > 1 else (_prove_task(t, options) for t in tasks)
    for number, outcome in enumerate(outcomes, 1):
        if progress is not None:
            progress(number, len(tasks), outcome.paths.symbol)
        yield outcome


def _run_in_parallel(tasks: list[Task], options: Options, workers: int) -> Iterator[Outcome]:
    """Processes rather than threads: angr and Z3 hold the interpreter. A killed worker raises, it is not waited for."""
    from tdxprove import prove_function  # noqa: F401  (angr: loaded once, before the workers are forked)

    global _shared  # noqa: PLW0603 (the only way to hand memory to forked workers)
    _shared = (tasks, options)
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(workers, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        yield from pool.map(_prove_shared, range(len(tasks)))
    finally:
        for process in list((pool._processes or {}).values()):  # after Ctrl-C nobody waits for a half-done proof
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        _shared = None


def _prove_shared(index: int) -> Outcome:
    assert _shared is not None
    tasks, options = _shared
    return _prove_task(tasks[index], options)


def _prove_task(task: Task, options: Options) -> Outcome:
    from tdxprove.prove_function import Limits, prove_function

    image, contract = task.image, task.contract
    limits = Limits(options.rlimit, options.steps, options.paths, options.no_rbp_mod)
    file = image.file(task.symbol.address)
    try:
        proof = prove_function(image, task.symbol.address, contract, limits, task.issuing)
    except Exception as error:
        error.add_note(f"in the proof of {task.symbol.name} in {file}")
        raise
    verdicts = tuple(
        Verdict(
            file,
            task.symbol.name,
            image.display(task.symbol.address),
            contract.set,
            finding.id,
            finding.status,
            finding.message,
            None if finding.address is None else _locate(image, finding.address, file),
            finding.counterexample,
            finding.replayed,
            finding.implied,
        )
        for finding in proof.findings
    )
    ends = Counter(path.end.kind.value for path in proof.paths)
    linked = tuple(name for name in (*image.files, *image.beside) if name != file)
    count = PathCount(file, task.symbol.name, contract.set, tuple(sorted(ends.items())), linked)
    trace = frozenset(address for path in proof.paths for address in path.trace)
    return Outcome(verdicts, count, trace, proof.calls, proof.assumptions)


def _locate(image: Image, address: int, own: str) -> Location:
    found = image.symbol_at(address)
    symbol, offset = (None, 0) if found is None else (found[0].name, found[1])
    file = image.file(address)
    return Location(symbol, offset, image.display(address), image.line(address), None if file == own else file)


# -- what was covered --------------------------------------------------------------------------------------------------


def _sites(
    image: Image, tasks: Sequence[Task], outcomes: Sequence[Outcome], noreturn: frozenset[str]
) -> Iterator[Site]:
    """A site is covered if its function is proved, and, where that does not execute it, all that do are.

    No proof of a caller makes up for the function's own, which others may call: but for one that only proved functions
    can call. Where no symbol says which function a site is in, all that execute it have to be proved.
    """
    judged = [(task, outcome) for task, outcome in zip(tasks, outcomes, strict=True) if task.image is image]
    for site in image.sites:
        executing = [(task, outcome) for task, outcome in judged if site.address in outcome.trace]
        function = None if site.symbol is None else whole(image, site.symbol)
        own = [(task, outcome) for task, outcome in judged if function and task.symbol.address == function.address]
        judges = [one for one in own if one in executing] or executing
        name = judges[0][0].contract.set if judges else None
        covered = bool(judges) and all(outcome.proved for _, outcome in (*judges, *own))
        if covered and function is not None and not own:
            proved = {task.symbol.address for task, _ in executing}
            callers = entered_from(image, function, noreturn)
            covered = callers is not None and all(caller.address in proved for caller in callers)
        symbol = site.symbol.name if site.symbol is not None else None
        calls = tuple(sorted({text for _, outcome in executing for text in outcome.calls.get(site.address, ())}))
        yield Site(
            image.file(site.address), image.display(site.address), site.instruction, symbol, name, covered, calls
        )
