"""`tdxprove demo`: builds the bundled wrappers, proves the right ones, refutes the wrong ones, says what it means."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tdxprove.errors import ToolError
from tdxprove.output import shown
from tdxprove.page import Page
from tdxprove.report import Report
from tdxprove.report_text import plural, render_text, statuses_by_symbol, style_of
from tdxprove.verdict import Status

SET: Final = "seed"
Prove = Callable[[Sequence[Path]], Report]

_WHAT_IS_TDX = (
    "Intel TDX runs a virtual machine, the trust domain, so that its host (the VMM) cannot read or change its memory "
    "and registers. To ask the host for something, the machine executes TDCALL, and a mask in rcx says which registers "
    "the host may then read and write: a mistake there hands it secrets, or control."
)
_WHAT_IS_PROVED = (
    "Below, small assembly functions that make such calls are compiled on this machine. For each compiled function it "
    "is proved, for every entry state, every behaviour of the TDX module and every value that a hostile host may "
    "answer with, that it keeps its contract: right inputs, nothing else exposed, callee-saved registers and stack "
    "intact, outputs in their places, failures noticed (tdxprove explain lists the obligations)."
)
_HOW_TO_READ = (
    "How to read it: started with the entry state listed, and with the host answering as listed, the function ends "
    "with the quantities under 'which shows', which its contract forbids. The run was repeated in an emulator before "
    "it was reported, so it is no guess: a hostile host can bring it about."
)


def wrappers_root() -> Path:
    """Directory of the bundled wrappers: inside the installed package, else in the source tree."""
    inside = Path(__file__).parent / "wrappers"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "wrappers"


def run_demo(prove: Prove, page: Callable[[], Page], write: Callable[[str], None]) -> int:
    """Build, prove, show; the exit status is 0 only if the right ones are proved and the wrong ones refuted.

    Args:
        prove: proves object files under the bundled contracts.
        page: makes an empty page.
        write: shows text to the user.

    Raises:
        ToolError: no compiler, or it fails.
    """
    compiler = find_compiler()
    with tempfile.TemporaryDirectory(prefix="tdxprove-demo-") as directory:
        right = _build_all(compiler, "seed", Path(directory))
        wrong = _build_all(compiler, "wrong", Path(directory))
        write(_introduction(page(), compiler))
        proved = prove(right)
        write(_show_right(page(), proved))
        refuted = [(path, prove([path])) for path in wrong]
    for path, report in refuted:
        write(_show_wrong(page(), path, report))
    status = demo_status(proved, [report for _, report in refuted])
    write(_conclusion(page(), status))
    return status


def demo_status(right: Report, wrong: Sequence[Report]) -> int:
    """0: all as it should be; 1: a right wrapper is refuted or a wrong one proved; 3: something is undecided."""
    if right.exit_status == 0 and wrong and all(report.exit_status == 1 for report in wrong):
        return 0
    contrary = right.exit_status == 1 or any(report.exit_status == 0 for report in wrong)
    return 1 if contrary else 3


def find_compiler() -> list[str]:
    """The system's C compiler as a command: $CC, else cc, else gcc.

    Raises:
        ToolError: there is none.
    """
    named = os.environ.get("CC", "").strip()
    try:
        candidates = [shlex.split(named)] if named else [["cc"], ["gcc"]]
    except ValueError as error:
        raise ToolError(f"CC={shown(named)}: not a command: {error}") from None
    for command in candidates:
        if shutil.which(command[0]) is not None:
            return command
    missing = f"CC={shown(named)} is not installed" if named else "no C compiler (cc or gcc) is installed"
    raise ToolError(f"{missing}: the demo assembles its examples with it; install gcc (Debian: apt install gcc)")


def _build_all(compiler: Sequence[str], folder: str, directory: Path) -> list[Path]:
    sources = sorted((wrappers_root() / folder).glob("*.S"))
    if not sources:
        raise ToolError(f"no wrappers in {wrappers_root() / folder}: the installation is incomplete")
    return [build(compiler, source, directory / f"{source.stem}.o") for source in sources]


def build(compiler: Sequence[str], source: Path, target: Path) -> Path:
    """Compile one wrapper.

    Raises:
        ToolError: the compiler fails; the message has its first error.
    """
    command = [*compiler, "-c", "-g", "-o", str(target), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise ToolError(f"{compiler[0]} cannot be run: {error.strerror or error}") from None
    if done.returncode:
        said = done.stderr.splitlines() or ["no output"]
        lines = [line for line in said if "rror" in line] or said
        reason = "" if os.uname().machine == "x86_64" else " (the wrappers are for x86-64, this machine is not)"
        raise ToolError(f"{shlex.join(command)} fails{reason}: {shown(lines[0])}")
    return target


# -- what is shown -----------------------------------------------------------------------------------------------------


def _introduction(page: Page, compiler: Sequence[str]) -> str:
    page.line(_WHAT_IS_TDX, hang=0)
    page.blank()
    page.line(_WHAT_IS_PROVED, hang=0)
    page.blank()
    page.line(f"Sources: {wrappers_root()}, compiler: {shlex.join(compiler)}")
    page.blank()
    return page.text


def _show_right(page: Page, report: Report) -> str:
    page.line(("The correct wrappers", "bold"))
    found: dict[str, tuple[Status, int]] = {}
    for symbol, status, obligations in statuses_by_symbol(report):
        # A function that several objects contain is listed once, with its worst answer.
        if symbol not in found or found[symbol][0] is Status.PROVED:
            found[symbol] = status, obligations
    page.table(
        [((s.value, style_of(s)), symbol, plural(n, "obligation")) for symbol, (s, n) in found.items()], indent=2
    )
    page.blank()
    if report.exit_status:
        page.line("This is not as it should be; the report in full:")
        page.blank()
        return render_text(report, page, options=None)
    return page.text


def _show_wrong(page: Page, path: Path, report: Report) -> str:
    page.line(("A wrong wrapper", "bold"), f": {path.stem}")
    page.blank()
    render_text(report, page, options=None)
    if report.exit_status == 1:
        page.blank()
        source = wrappers_root() / "wrong" / f"{path.stem}.S"
        page.verbatim(f"To try it: cc -c -g -o {path.name} {source} && tdxprove prove {path.name}")
        page.blank()
        page.line(_HOW_TO_READ, hang=0)
    page.blank()
    return page.text


def _conclusion(page: Page, status: int) -> str:
    ends = {
        0: (("as expected", "green"), ": the correct wrappers are proved, the wrong one is refuted"),
        1: (("not as expected", "bold red"), ": a correct wrapper is refuted, or a wrong one is proved"),
    }
    undecided = (("undecided", "yellow"), ": not everything could be proved or refuted")
    page.line(*ends.get(status, undecided), f" (exit status {status})")
    return page.text
