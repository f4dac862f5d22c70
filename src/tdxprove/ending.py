"""How the process ends: every way that a command can end as an exit status, and nothing else as one."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from tdxprove import signals
from tdxprove.errors import TdxproveError
from tdxprove.output import complain, prepare_streams


def status_of(command: Callable[[], int]) -> int:
    """Run a command that returns its exit status; what it raises becomes one too, with one line on standard error."""
    try:
        prepare_streams()
        return command()
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return TdxproveError.exit_status
    except TdxproveError as error:
        complain(f"error: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        return _interrupted()
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the one place: nothing may look like a verdict)
        if signals.asked_to_end():
            return _interrupted()
        _report_defect(error)
        return 4


def _interrupted() -> int:
    complain("interrupted, nothing is proved")
    return 3


def _report_defect(error: BaseException) -> None:
    if os.environ.get("TDXPROVE_DEBUG") == "1":
        import traceback

        with suppress(OSError):
            click.echo("".join(traceback.format_exception(error)), err=True)
    advice = "please report this with the command and its input (TDXPROVE_DEBUG=1 shows the traceback)"
    said = " ".join([str(error), *getattr(error, "__notes__", ())]).split()
    complain(f"internal error: {type(error).__name__}: {' '.join(said)}; {advice}")


def _left(_argument: int | None) -> None:
    """A C library ended the process: Unicorn does, with 1 ("refuted"), when it gets no memory."""
    complain("internal error: a library ended the process, probably for want of memory; nothing is proved")
    os._exit(4)


_LEFT = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_left)


def leave(run: Callable[[], int]) -> NoReturn:
    """Run a command as the whole process, which ends with its exit status, whatever libraries and signals do."""
    ctypes.CDLL(None).__cxa_atexit(_LEFT, None, None)  # what C's atexit() calls, which is no symbol of glibc
    # Importing angr and building terms make many objects and few cycles: the default looks for them too often.
    gc.set_threshold(100_000, 20, 20)
    signals.end_on_signals()
    try:
        status = run()
    except KeyboardInterrupt:  # one more, while it was ending
        status = 3
    signals.ignore_signals()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    # Without the interpreter's own shutdown: a late signal, or a library that crashes in it, would change the status.
    os._exit(status)
