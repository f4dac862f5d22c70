"""The pipeline on one screen: load, choose contracts, execute, generate, discharge, replay, report."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tdxprove.archive import stamp, unchanged
from tdxprove.contract_set import ContractSet
from tdxprove.coverage import Judged, Outcome, covered_sites, described, parts
from tdxprove.image import Image, each_with_code, load_images, load_programs
from tdxprove.parallel import each_in_a_process
from tdxprove.report import PathCount, Report, Site
from tdxprove.selection import (
    Options,
    Task,
    chosen_sets,
    contract_of,
    issuing_elsewhere,
    load_sets,
    noreturn_of,
    sets_for,
    tasks_of,
    unfollowed,
    unmatched,
)
from tdxprove.verdict import Location, Verdict

Progress = Callable[[int, int, str], None]


def prove(files: Sequence[Path], options: Options, progress: Progress | None = None) -> Report:
    """Prove every function of `files` that a contract describes or that reaches a TDX instruction.

    Raises:
        ImageError, SpecError, UsageError: see tdxprove.errors.
    """
    stamps = [(path, stamp(path)) for path in files]
    images, notes = load_programs(files, options.base)
    sets = load_sets(options)
    elsewhere = issuing_elsewhere(images, options)
    tasks = [task for image in images for task in tasks_of(image, sets_for(image, sets, options), options, elsewhere)]
    unused = tuple(unmatched(files, images, tasks, sets, options))
    judged = [Judged(task, outcome) for task, outcome in zip(tasks, _run(tasks, options, progress), strict=True)]
    left: list[Judged] = []
    sites: list[Site] = []
    assumptions = {*notes, *unused, *unfollowed(images, tasks, sets, options)}
    for image in images:
        own = [one for one in judged if one.task.image is image]
        noreturn = noreturn_of(sets_for(image, sets, options))
        within = parts(image, own, noreturn)
        sites += covered_sites(image, own, within, noreturn)
        left += [one for one in own if one.address not in within]
        assumptions |= {described(one, within[one.address]) for one in own if one.address in within}
    for path, before in stamps:
        unchanged(path, before)
    return Report(
        tuple(verdict for one in left for verdict in one.outcome.verdicts),
        tuple(sites),
        tuple(one.outcome.paths for one in left),
        tuple(sorted(assumptions | {a for one in left for a in one.outcome.assumptions})),
        chosen_sets(images, sets, options),
    )


def list_sites(files: Sequence[Path], options: Options, note: Callable[[str], None] | None = None) -> tuple[Site, ...]:
    """Every TDX instruction of `files` and the contract that speaks of its function; proves nothing.

    `note` is told of each file that holds no code, and is passed over.

    Raises:
        ImageError, SpecError, UsageError: see tdxprove.errors.
    """
    sets = load_sets(options)
    found, empty = each_with_code(files, lambda path: list(_sites_of(path, sets, options)))
    if note is not None:
        for text in empty:
            note(text)
    return tuple(site for sites in found for site in sites)


def _sites_of(path: Path, sets: Sequence[ContractSet], options: Options) -> Iterator[Site]:
    before = stamp(path)
    for image in load_images(path, options.base):
        applicable = sets_for(image, sets, options)
        for site in image.sites:
            name = site.symbol.name if site.symbol is not None else None
            contract = None if name is None else contract_of(name, image, applicable)
            label = None if contract is None else contract.set
            place = image.display(site.address)
            yield Site(image.name, place, site.instruction, name, label, contract is not None)
    unchanged(path, before)


# -- proving -----------------------------------------------------------------------------------------------------------


def _run(tasks: list[Task], options: Options, progress: Progress | None) -> list[Outcome]:
    """Outcomes in the order of the tasks.

    Long functions are begun first: one that is begun last leaves all workers but one without work.
    """
    if not tasks:
        return []
    from tdxprove import prove_function  # noqa: F401  (angr: loaded once, before processes are forked)

    for image in {task.image for task in tasks}:
        _ = image.rewrites, image.fixups, image.chosen  # every path needs them: read once
    longest_first = sorted(range(len(tasks)), key=lambda index: _length(tasks[index]), reverse=True)
    outcomes: dict[int, Outcome] = {}
    gc.freeze()  # or every collection in a worker would write to, and so copy, what the workers share
    try:
        for index, outcome in each_in_a_process(
            lambda one: _prove_task(tasks[one], options), longest_first, options.jobs
        ):
            outcomes[index] = outcome
            if progress is not None:
                progress(len(outcomes), len(tasks), outcome.paths.symbol)
    finally:
        gc.unfreeze()
    return [outcomes[index] for index in range(len(tasks))]


def _length(task: Task) -> int:
    start, end = task.image.bounds(task.symbol)
    return end - start


def _prove_task(task: Task, options: Options) -> Outcome:
    from tdxprove.attempt import Limits
    from tdxprove.prove_function import prove_function

    image, contract = task.image, task.contract
    limits = Limits(options.rlimit, options.steps, options.paths, options.no_rbp_mod)
    file = image.file(task.symbol.address)
    try:
        proof = prove_function(image, task.symbol.address, contract, limits, task.issuing)
    except Exception as error:  # any defect: it is raised again, with where it was met
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
