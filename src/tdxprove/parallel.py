"""Tasks in processes of their own, as many at a time as there are workers.

What Z3 and claripy were asked before has a part in how they answer: terms are numbered, and ordered, in the order in
which they are made. In a process of its own each task begins with the same past, whatever was asked for beside it and
whichever worker was free, so that a verdict is the same in every run. (The pools of Python's library can not fork a
process for each task, and fork from threads.)
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection, get_context
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

from tdxprove.signals import become_worker, postponed

Result = TypeVar("Result")


class WorkerDiedError(Exception):
    """A process ended before its task did: it was killed, or a library in it crashed."""


class _RemoteError(Exception):
    """Where in its process an error was raised, as text."""


def each_in_a_process(
    work: Callable[[int], Result], tasks: Sequence[int], workers: int
) -> Iterator[tuple[int, Result]]:
    """Results as they come; `work` and all that it needs is inherited, only its result is sent.

    Raises:
        WorkerDiedError: see there; nobody waits for it.
        Exception: what `work` raised.
    """
    waiting = list(reversed(tasks))
    running: dict[connection.Connection, tuple[int, ForkProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                with postponed():
                    task = waiting.pop()
                    receiver, process = _start(work, task)
                    running[receiver] = task, process
            for receiver in [one for one in connection.wait(list(running)) if isinstance(one, connection.Connection)]:
                result = _received(receiver, running[receiver][1])
                yield running.pop(receiver)[0], result
    finally:
        for _, process in running.values():  # after Ctrl-C nobody waits for a half-done proof
            process.terminate()
        for _, process in running.values():
            process.join()


def _start(work: Callable[[int], Result], task: int) -> tuple[connection.Connection, ForkProcess]:
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, task, sender, os.getpid()))
    process.start()
    sender.close()  # or its end would not be seen when the process ends
    return receiver, process


def _run(work: Callable[[int], Result], task: int, sender: connection.Connection, parent: int) -> None:
    become_worker(parent)
    try:
        sender.send((work(task), None, ""))
    except Exception as error:  # noqa: BLE001  (it is raised again where the results are asked for)
        sender.send((None, error, traceback.format_exc()))
    sender.close()


def _received(receiver: connection.Connection, process: ForkProcess) -> Any:
    try:
        result, error, where = receiver.recv()
    except (EOFError, OSError):
        process.join()
        raise WorkerDiedError(
            f"a process that proves ended with {process.exitcode}, perhaps for want of memory"
        ) from None
    receiver.close()
    process.join()
    if error is not None:
        raise error from _RemoteError(where)
    return result
