"""The command: arguments in, exit status out. What is slow to import is imported inside the commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tdxprove.delivery import page_for, write_report
from tdxprove.ending import leave, status_of
from tdxprove.options import (
    BASE,
    COLOR,
    CONTRACTS,
    FILES,
    JOBS,
    VERSION,
    Group,
    block,
    cpus,
    examples,
    rerun_options,
    run_options,
)
from tdxprove.output import check_output, complain, progress_bar, write

if TYPE_CHECKING:
    from tdxprove.report import Report


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=block(
        "Exit status:",
        "0  everything proved, and every TDX call site covered by a proof",
        "1  something refuted",
        "2  usage, specification or input error",
        "3  undecided: something could not be proved, or there was nothing to prove",
        "4  internal error",
    )
    + examples(
        "tdxprove demo",
        "tdxprove prove tdcall.o --contracts seed",
        "tdxprove sites vmlinux",
        "tdxprove explain preserves/r12",
    ),
)
@VERSION
def cli() -> None:
    """Prove that the machine code of Intel TDX call wrappers keeps its contract."""


@cli.command(
    short_help="Prove the functions of programs, objects, kernels and firmware.",
    epilog=examples(
        "tdxprove prove tdcall.o",
        "tdxprove prove vmlinux --symbol '*tdx*' --format json --output report.json",
        "tdxprove prove wrapper.o --contracts ./mine.yaml -v",
    ),
)
@FILES
@run_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="Text for people or JSON for programs.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), metavar="PATH", help="Write the report to a file.")
@click.option("-v", "--verbose", is_flag=True, help="List every obligation, the proved ones too.")
@COLOR
def prove(files: tuple[Path, ...], form: str, output: Path | None, verbose: bool, color: str, **run: Any) -> int:
    """Prove the functions of programs and objects (ELF, PE, COFF, TE), kernels, firmware and raw code.

    Files may be packed (.ko.xz, vmlinuz) and hold several others (.a, .lib, .fd, .cap).

    A function is judged by the contract of its name, else by the generic contract of its calling convention. Every
    TDX instruction of the files has to be covered by a proved function.
    """
    if output is not None:
        check_output(output, files)
    report = _prove(files, run)
    write_report(report, form, output, verbose, color, rerun_options(run))
    return report.exit_status


def _prove(files: Sequence[Path], run: dict[str, Any]) -> Report:
    """Run the pipeline; options that were not given keep its defaults."""
    from tdxprove.check import prove as prove_files
    from tdxprove.selection import Options

    given = {name: value for name, value in run.items() if value is not None}
    with progress_bar() as progress:
        return prove_files(files, Options(**{"jobs": cpus(), **given}), progress)


@cli.command(
    short_help="List every TDX instruction of programs, objects, kernels and firmware.",
    epilog=examples(
        "tdxprove sites vmlinux",
        "tdxprove sites *.o --contracts seed",
        "tdxprove sites shim.bin --base 0xfffff000",
    ),
)
@FILES
@CONTRACTS
@BASE
@COLOR
def sites(files: tuple[Path, ...], contracts: tuple[str, ...], base: int | None, color: str) -> int:
    """List every TDX instruction of files: address, function, contract. Proves nothing.

    The exit status is 3 if there is none.
    """
    from tdxprove.check import list_sites
    from tdxprove.selection import Options
    from tdxprove.show import show_sites

    found = list_sites(files, Options(contracts=contracts, base=base), lambda text: complain(f"note: {text}"))
    write(show_sites(page_for(color), found))
    return 0 if found else 3


@cli.command(
    short_help="List, show and validate contracts.",
    epilog=examples(
        "tdxprove contracts",
        "tdxprove contracts ./mine.yaml",
        "tdxprove contracts seed tdvmcall_map_gpa",
    ),
)
@click.argument("set_name", required=False, metavar="[SET]")
@click.argument("symbol", required=False, metavar="[SYMBOL]")
@COLOR
def contracts(set_name: str | None, symbol: str | None, color: str) -> int:
    """List the contract sets, the contracts of one (which are then validated), or show one contract.

    SET is the name of a bundled set or the path of a file.
    """
    from tdxprove import show

    page = page_for(color)
    if set_name is None:
        write(show.show_sets(page))
    elif symbol is None:
        write(show.show_set(page, set_name))
    else:
        write(show.show_contract(page, set_name, symbol))
    return 0


@cli.command(
    short_help="Say what an obligation states and why.",
    epilog=examples(
        "tdxprove explain",
        "tdxprove explain preserves/r12",
        "tdxprove explain mask",
    ),
)
@click.argument("obligation", required=False, metavar="[OBLIGATION]")
@COLOR
def explain(obligation: str | None, color: str) -> int:
    """Say what an obligation states and why it matters, with a wrong and a right example."""
    from tdxprove import explain as explanations

    page = page_for(color)
    write(explanations.explain_all(page) if obligation is None else explanations.explain(page, obligation))
    return 0


@cli.command(
    short_help="Prove the bundled wrappers, refute a wrong one.",
    epilog=examples(
        "tdxprove demo",
        "CC=clang tdxprove demo --color never",
    ),
)
@JOBS
@COLOR
def demo(jobs: int | None, color: str) -> int:
    """Build the bundled wrappers with the system compiler, prove the right ones, refute the wrong one.

    The compiler is $CC, else cc, else gcc.
    """
    from tdxprove.demo import SET, run_demo

    run: dict[str, Any] = {"contracts": (SET,), "jobs": jobs}
    return run_demo(lambda files: _prove(files, run), lambda: page_for(color), write)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status; nothing but a report or a listing gives 0 or 1."""
    return status_of(lambda: _invoke(arguments))


def _invoke(arguments: Sequence[str]) -> int:
    """Not `cli.main`: it ends with 1 when a pipe breaks, which would read as a refutation."""
    try:
        with cli.make_context("tdxprove", list(arguments)) as context:
            status = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    if not isinstance(status, int):
        raise TypeError(f"the command returned {status!r}, expected an exit status")
    return status


def main() -> NoReturn:
    """Entry point of the command."""
    leave(lambda: run(sys.argv[1:]))
