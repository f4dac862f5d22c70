"""The options that commands share, and what becomes of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tdxprove.output import write

_Command = TypeVar("_Command", bound=Callable[..., Any])
FILES = click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
CONTRACTS = click.option(
    "--contracts", multiple=True, metavar="SET|PATH",
    help="Contract set: name of a bundled one, or path of a file. Default: every bundled set that fits the file.",
)  # fmt: skip
CONVENTION = click.option(
    "--convention", type=click.Choice(["sysv", "ms"]),
    help="Calling convention of functions without a contract. Default: that of the file type.",
)  # fmt: skip


def _address(text: str) -> int:
    try:
        address = int(text, 0)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no number; write it as 0x1000") from error
    if not 0 <= address < 1 << 64:
        raise click.BadParameter(f"{text!r} is no 64-bit address")
    return address


BASE = click.option(
    "--base", type=_address, metavar="ADDRESS",
    help="The files are raw machine code, without headers; the address of their first byte.",
)  # fmt: skip
JOBS = click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes. Default: one for each CPU.")
COLOR = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
    help="Colour on standard output; auto means on a terminal, unless NO_COLOR is set.",
)  # fmt: skip
_COUNT = click.IntRange(min=1)


def _show_help(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        write(context.get_help() + "\n")
        context.exit()


class Command(click.Command):
    """A command whose help fails when it cannot be written."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option `--help`, printing as everything else does."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


class Group(Command, click.Group):
    """The command that has the others below it."""

    command_class = Command


def show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the version and end."""
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("tdxprove")
    except PackageNotFoundError:
        found = "(not installed, runs from its source)"
    write(f"tdxprove {found}\n")
    context.exit()


VERSION = click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=show_version, help="Show the version."
)


def block(title: str, *lines: str) -> str:
    """Lines of a help text that click leaves as they are (its mark for that is a backspace)."""
    return "\n".join(["\b", title, *(f"  {line}" for line in lines)]) + "\n\n"


def examples(*commands: str) -> str:
    """The section of a help text that every command has."""
    return block("Examples:", *commands)


def run_options(command: _Command) -> _Command:
    """What `prove` hands to the pipeline, in the order of its help."""
    options = [
        CONTRACTS,
        click.option("--symbol", "symbols", multiple=True, metavar="GLOB",
                     help="Only functions whose name matches. Default: all that have a contract or reach a TDX call."),
        CONVENTION,
        BASE,
        click.option("--callers", type=click.IntRange(min=0), metavar="LEVELS",
                     help="Prove the callers of TDX instructions too, this many levels up. Default: all levels in "
                          "objects and modules, none in what is larger."),
        JOBS,
        click.option("--budget-rlimit", "rlimit", type=_COUNT, metavar="N", help="Solver work steps for one query."),
        click.option("--budget-steps", "steps", type=_COUNT, metavar="N", help="Instructions on one path."),
        click.option("--budget-paths", "paths", type=_COUNT, metavar="N", help="Paths through one function."),
        click.option("--no-rbp-mod/--rbp-mod", default=True, show_default=True,
                     help="Whether the TD has CONFIG_FLAGS.NO_RBP_MOD: the TDX module keeps rbp."),
        click.option("--scrubs", is_flag=True, help="Ask for scrubs/* of functions without a contract, too."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def cpus() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


def rerun_options(run: dict[str, Any]) -> list[str]:
    """The options that change a verdict, as they were given."""
    words = [word for name in run["contracts"] for word in ("--contracts", name)]
    for option, name in (("--convention", "convention"), ("--budget-rlimit", "rlimit"), ("--budget-steps", "steps"),
                         ("--budget-paths", "paths"), ("--callers", "callers")):  # fmt: skip
        words += [] if run[name] is None else [option, str(run[name])]
    words += [] if run["base"] is None else ["--base", hex(run["base"])]
    return [*words, *([] if run["no_rbp_mod"] else ["--rbp-mod"]), *(["--scrubs"] if run["scrubs"] else [])]
