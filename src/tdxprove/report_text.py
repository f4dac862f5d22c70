"""A report as text for people: the verdict first, then each function, what is wrong with it, and what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tdxprove import symbols
from tdxprove.folding import folded
from tdxprove.page import Page, Part
from tdxprove.report import PathCount, Report
from tdxprove.rerun import rerun_command
from tdxprove.verdict import Counterexample, Location, Status, Verdict, join

STYLES: Final = {Status.PROVED: "green", Status.REFUTED: "bold red"}
_UNDECIDED: Final = "yellow"
_FOLDED: Final = 4
"""How many ids of folded verdicts are named without --verbose."""

_BELOW_RSP: Final = (
    "note: below_rsp is what a read below RSP gives, where an interrupt may have written: kernel code has no red zone, "
    "and is built with -mno-red-zone"
)


@dataclass(frozen=True)
class _Function:
    """All verdicts of one function under one contract."""

    file: str
    symbol: str
    contract: str
    verdicts: tuple[Verdict, ...]
    paths: PathCount | None

    @property
    def status(self) -> Status:
        return join(verdict.status for verdict in self.verdicts)


def plural(number: int, noun: str, many: str | None = None) -> str:
    """`1 path`, `2 paths`."""
    return f"{number} {noun if number == 1 else many or noun + 's'}"


def style_of(status: Status) -> str:
    """The colour of a status."""
    return STYLES.get(status, _UNDECIDED)


def render_text(report: Report, page: Page, verbose: bool = False, options: Sequence[str] | None = ()) -> str:
    """The report as text.

    Args:
        report: what to show.
        page: an empty page of the wanted width.
        verbose: name every obligation.
        options: options of the command that a rerun needs too, beside those that pick the function;
            None: name no command, the file will not be there.
    """
    functions = _functions(report)
    page.line(*headline(report))
    for text in report.contracts:
        page.line(f"contracts: {text}")
    if functions:
        page.blank()
        _summarise(page, functions, verbose)
    for function in functions:
        _explain(page, function, verbose, options)
    if verbose:
        _list_calls(page, report)
    if _reads_below_rsp(report):
        page.blank()
        page.line(_BELOW_RSP)
    if report.uncovered:
        page.blank()
        for site in report.uncovered:
            where = f"{site.file}: {site.symbol or 'no symbol'} ({site.address}): "
            page.line(where, ("uncovered", _UNDECIDED), f": no proved function accounts for this {site.instruction}")
    if report.assumptions:
        page.blank()
        page.line("assumptions, which every proof above rests on:")
        for text in folded(report.assumptions):
            page.line(f"- {text}", indent=2)
    page.blank()
    page.line(*summary_line(report))
    return page.text


def _reads_below_rsp(report: Report) -> bool:
    runs = [verdict.counterexample for verdict in report.verdicts if verdict.counterexample is not None]
    return any(name.startswith(symbols.BELOW_RSP) for run in runs for name in (*run.entry, *run.second))


def _list_calls(page: Page, report: Report) -> None:
    """Every TDX instruction with what it was run with: whose mask, which sub-function."""
    page.blank()
    for site in report.sites:
        page.line(
            f"{site.instruction} at {site.symbol or 'no symbol'} ({site.address}): {'; '.join(site.calls) or 'not run'}"
        )


def headline(report: Report) -> tuple[Part, ...]:
    """The verdict in one sentence."""
    functions = _functions(report)
    total, status = len(functions), report.status
    wrong = sum(function.status is Status.REFUTED for function in functions)
    open_ = sum(function.status is not Status.PROVED for function in functions)
    if report.exit_status == 1:
        verb = "breaks its contract" if wrong == 1 else "break their contracts"
        return ("refuted", style_of(status)), f": {wrong} of {plural(total, 'function')} {verb}"
    if report.exit_status == 0:
        keeps = "keeps its contract" if total == 1 else "keep their contracts"
        return ("proved", style_of(status)), f": {plural(total, 'function')} {keeps}"
    if open_:
        text = f": {open_} of {plural(total, 'function')} not proved"
    elif functions:
        text = f": {plural(len(report.uncovered), 'call site')} not covered by a proof"
    elif report.sites:
        text = f": no function was proved, {plural(len(report.sites), 'call site')} uncovered"
    else:
        text = ": nothing to prove, no TDX instruction and no function with a contract"
    return ("undecided", _UNDECIDED), text


def summary_line(report: Report) -> tuple[Part, ...]:
    """The counts, and the exit status."""
    total = plural(len(report.verdicts), "obligation")
    undecided = (Status.UNKNOWN, Status.INCOMPLETE, Status.VACUOUS)
    rest = ", ".join(f"{report.summary[s.value]} {s.value}" for s in undecided if report.summary[s.value])
    if report.exit_status == 1:
        found = f"{report.summary['refuted']} of {total}" + (f" ({rest})" if rest else "")
    else:
        found = f"{rest} of {total}" if rest else total
    sites = f"{plural(len(report.sites), 'call site')}, {len(report.uncovered)} uncovered"
    word = {0: "proved", 1: "refuted"}.get(report.exit_status, "undecided")
    style = {0: "green", 1: "bold red"}.get(report.exit_status, _UNDECIDED)
    return (word, style), f": {found}; {sites} (exit status {report.exit_status})"


def _functions(report: Report) -> list[_Function]:
    groups: dict[tuple[str, str, str, str], list[Verdict]] = {}
    for v in report.verdicts:
        groups.setdefault((v.file, v.address, v.symbol, v.contract), []).append(v)
    paths = {(p.file, p.symbol, p.contract): p for p in report.paths}
    return [
        _Function(file, symbol, contract, tuple(verdicts), paths.get((file, symbol, contract)))
        for (file, _, symbol, contract), verdicts in groups.items()
    ]


# -- one line for each function --------------------------------------------------------------------------------------


def _summarise(page: Page, functions: Sequence[_Function], verbose: bool) -> None:
    several = len({function.file for function in functions}) > 1
    rows = [_row(function, several) for function in functions]
    if not verbose:
        page.table(rows, hang=4)
        return
    for function, row in zip(functions, rows, strict=True):
        page.table([row], hang=4)
        page.table([((v.status.value, style_of(v.status)), v.obligation) for v in function.verdicts], indent=4)


def _row(function: _Function, several: bool) -> tuple[Part, ...]:
    name = f"{function.file}: {function.symbol}" if several else function.symbol
    counts = Counter(v.status for v in function.verdicts)
    others = [f"{counts[s]} {s.value}" for s in Status if counts[s] and s is not Status.PROVED]
    what = plural(len(function.verdicts), "obligation") + (f" ({', '.join(others)})" if others else "")
    if function.paths is not None:
        ends = function.paths.ends
        total = sum(number for _, number in ends)
        what += f", {plural(total, 'path')}" + (": " if ends else "")
        what += ", ".join(f"{number} {end}" for end, number in ends)
    return (function.status.value, style_of(function.status)), name, f"({function.contract})", what


# -- what is wrong -----------------------------------------------------------------------------------------------------


def _explain(page: Page, function: _Function, verbose: bool, options: Sequence[str] | None) -> None:
    found = [v for v in function.verdicts if v.status is not Status.PROVED and not v.implied]
    for verdict in sorted(found, key=lambda v: v.status is not Status.REFUTED):
        page.blank()
        label = "error" if verdict.status is Status.REFUTED else verdict.status.value
        tail = verdict.obligation
        if verdict.location is not None and verdict.location.symbol != verdict.symbol:
            tail = f"{verdict.symbol}: {tail}"
        page.line(f"{_place(verdict)}: ", (label, style_of(verdict.status)),
                  f": {verdict.message or 'no reason given'} ", (f"[{tail}]", "bold"))  # fmt: skip
        if verdict.counterexample is not None:
            _show_run(page, verdict.counterexample, verdict.replayed)
    _fold(page, function, found, verbose)
    if found and options is not None:
        files = (function.file, *(function.paths.linked if function.paths else ()))
        page.verbatim(f"rerun: {rerun_command(files, function.symbol, function.contract, options)}", indent=2)


def _place(verdict: Verdict) -> str:
    location = verdict.location or Location(verdict.symbol, 0, verdict.address)
    file = location.file or verdict.file
    symbol = f"{location.symbol}+{location.offset:#x}" if location.symbol and location.offset else location.symbol
    line = "" if location.line is None else f", {location.line[0]}:{location.line[1]}"
    return f"{file}: {symbol} ({location.address}{line})" if symbol else f"{file}: {location.address}{line}"


def _fold(page: Page, function: _Function, found: Sequence[Verdict], verbose: bool) -> None:
    implied = [v.obligation for v in function.verdicts if v.implied and v.status is not Status.PROVED]
    if not implied:
        return
    roots = [v.obligation for v in found if v.obligation == "complete" or v.obligation.startswith("covers/")]
    named = implied if verbose or len(implied) <= _FOLDED else [*implied[: _FOLDED - 1], "..."]
    what = f"and {plural(len(implied), 'obligation')} that {'hangs' if len(implied) == 1 else 'hang'} on"
    page.line(f"{what} {', '.join(roots) or 'these'}: {', '.join(named)}", indent=2)


def _show_run(page: Page, run: Counterexample, replayed: bool) -> None:
    _values(page, "entry state:", run.entry, "any")
    if run.outcomes:
        page.line(f"TDX calls: {', '.join(run.outcomes)}", indent=2)
    if run.answers:
        _values(page, "answers of the VMM or the TDX module:", run.answers)
    if run.second:
        _values(page, "compared with a second run that starts with:", run.second)
    if run.shows:
        page.line("which shows:", indent=2)
        page.table([(what, f"= {value:#x}") for what, value in run.shows], indent=4)
    if not replayed:
        page.line("(this run was not confirmed by the emulator)", indent=2)


def _values(page: Page, title: str, values: Mapping[str, int], empty: str = "") -> None:
    """What is not zero one by one, the zeros in one line."""
    nonzero = [(name, f"= {value:#x}") for name, value in values.items() if value]
    zeros = [name for name, value in values.items() if not value]
    if not values:
        page.line(f"{title} {empty}", indent=2)
        return
    page.line(title, indent=2)
    page.table(nonzero, indent=4)
    if zeros:
        page.line(f"zero: {', '.join(zeros)}", indent=4)


def statuses_by_symbol(report: Report) -> Iterator[tuple[str, Status, int]]:
    """Each function of the report with its status and how many obligations it has."""
    for function in _functions(report):
        yield function.symbol, function.status, len(function.verdicts)
