"""Where results go: standard output, a file that is replaced as a whole, and the progress bar.

Whatever is written is either there completely or the command fails: a report that got lost must not look like success.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tdxprove.errors import UsageError

Progress = Callable[[int, int, str], None]
"""Told after each step: how many are done, of how many, and the name of the one that follows."""


def shown(text: object) -> str:
    """Text on one line, safe to print: symbol and file names come from the input and may hold terminal sequences."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def prepare_streams() -> None:
    """Let both streams print every character, whatever the locale.

    Raises:
        UsageError: there is no standard output.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    if not _present(sys.stdout):
        raise UsageError("standard output is closed, expected a terminal, a file or a pipe")


def _present(stream: object) -> bool:
    return stream is not None  # what Python leaves in sys.stdout when the descriptor is closed


def complain(text: str) -> None:
    """One line to standard error, which may be closed or full: the exit status says enough."""
    if _present(sys.stderr):
        with suppress(OSError, ValueError):
            sys.stderr.write(f"tdxprove: {shown(text)}\n")
            sys.stderr.flush()


def write(text: str) -> None:
    """All of the text to standard output, now.

    Raises:
        UsageError: it did not take everything.
    """
    try:
        whole = getattr(sys.stdout, "buffer", None)
        if isinstance(whole, io.RawIOBase):  # with PYTHONUNBUFFERED a text stream forgets what a short write left over
            left = memoryview(text.encode(sys.stdout.encoding, "backslashreplace"))
            while left:
                left = left[whole.write(left) or 0 :]
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _abandon_stdout()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"standard output did not take everything: {reason}") from None


def _abandon_stdout() -> None:
    # The interpreter flushes once more at exit, and a failure there would change the exit status.
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def wants_colour(choice: str) -> bool:
    """Whether standard output gets colour: `always`, `never`, or `auto` (a terminal, and https://no-color.org)."""
    if choice != "auto":
        return choice == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and _present(sys.stdout) and sys.stdout.isatty()


def stdout_width() -> int | None:
    """Columns of the terminal, None when standard output is none."""
    if not (_present(sys.stdout) and sys.stdout.isatty()):
        return None
    from shutil import get_terminal_size

    return max(40, get_terminal_size((100, 24)).columns)


def check_output(path: Path, inputs: Sequence[Path]) -> None:
    """Refuse, before the work starts, a file that could not be written after it.

    Raises:
        UsageError: the file cannot be written, is no regular file, or is one of the inputs.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        what = "a directory" if target.is_dir() else "not a regular file"
        raise UsageError(f"--output {shown(path)}: it is {what}, expected the name of a file to write")
    if target.exists() and any(given.exists() and target.samefile(given) for given in inputs):
        raise UsageError(f"--output {shown(path)}: this is an input file, expected another name")
    try:
        descriptor, temporary = _temporary(target)
        os.close(descriptor)
        temporary.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None


def write_file(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader sees the old content or the new, never a part.

    Raises:
        UsageError: the file cannot be written; what was there before is unchanged.
    """
    target = Path(os.path.realpath(path))
    temporary: Path | None = None
    try:
        descriptor, temporary = _temporary(target)
        with os.fdopen(descriptor, "wb") as stream:
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _temporary(target: Path) -> tuple[int, Path]:
    # Beside the target, since a rename is atomic within one file system only; not mkstemp, which ignores the umask.
    path = target.parent / f".tdxprove-{os.urandom(8).hex()}.tmp"
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666), path


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"--output {shown(path)}: cannot be written: {error.strerror or error}")


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A progress bar on standard error; None when that is not a terminal."""
    if not (_present(sys.stderr) and sys.stderr.isatty()):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    # No refresh thread: worker processes may be forked while the bar is shown.
    bar = Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False,
              redirect_stdout=False, redirect_stderr=False)  # fmt: skip
    with bar:
        task = bar.add_task("reading", total=None)

        def advance(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=shown(name), refresh=True)

        yield advance
