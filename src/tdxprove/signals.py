"""Signals that end a run: it leaves no process behind, and ends with a status that is documented."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # prctl(2)
_INPUT_ERROR = 2

_asked: Final[list[int]] = []


@contextmanager
def postponed() -> Iterator[None]:
    """Let signals that ask for an end wait, those of processes that are started meanwhile until `become_worker`.

    What a handler raises is lost where Python calls back at a fork (`os.register_at_fork`: logging does).
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def asked_to_end() -> bool:
    """Has one of these signals come? What is raised then may be another error: of a pool at its start."""
    return bool(_asked)


def end_on_signals() -> None:
    """Let signals that ask for an end raise KeyboardInterrupt, but for those that the caller had ignored (nohup)."""

    def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        _asked.append(number)
        raise KeyboardInterrupt

    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    ctypes.CDLL(None).signal(signal.SIGBUS, _CUT_OFF)


def ignore_signals() -> None:
    """Let nothing change the status that the run ends with."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def become_worker(parent: int) -> None:
    """Let a process end at once when its parent asks for it, and with it however that ends.

    Ctrl-C reaches every process of a terminal: the parent sees to its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    with suppress(AttributeError):  # no Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(_INPUT_ERROR)


def _cut_off(_number: int) -> None:
    """A page of a file that was mapped into memory is gone. A handler of Python's own would never run."""
    os.write(
        2, b"tdxprove: error: an input file was cut off while it was read; run it again when nothing writes to it\n"
    )
    os._exit(_INPUT_ERROR)


_CUT_OFF = ctypes.CFUNCTYPE(None, ctypes.c_int)(_cut_off)
