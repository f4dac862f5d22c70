"""Tasks in processes of their own: a fresh past for each, errors as they were raised, nobody waits for the dead."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import z3

from tdxprove.parallel import WorkerDiedError, each_in_a_process


def test_every_task_is_done_once_by_as_many_processes_as_tasks() -> None:
    found = dict(each_in_a_process(lambda task: (task * task, os.getpid()), range(5), 2))
    assert {task: square for task, (square, _) in found.items()} == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}
    assert len({process for _, process in found.values()} | {os.getpid()}) == 6


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_no_more_run_at_once_than_there_are_workers(workers: int, tmp_path: Path) -> None:
    def work(task: int) -> int:
        (tmp_path / str(task)).touch()
        time.sleep(0.1)
        at_once = len(list(tmp_path.iterdir()))
        (tmp_path / str(task)).unlink()
        return at_once

    assert max(most for _, most in each_in_a_process(work, range(6), workers)) <= workers


def test_a_task_knows_nothing_of_the_terms_that_those_before_it_made() -> None:
    """Z3 orders terms by their numbers, so what another task made would have a part in the answers."""

    def numbered(task: int) -> int:
        made = [z3.Int(f"x{number}") for number in range(100 * (task + 1))]
        return int(z3.Z3_get_ast_id(made[0].ctx_ref(), made[0].as_ast()))

    numbers = {number for _, number in each_in_a_process(numbered, range(4), 1)}
    assert len(numbers) == 1


def test_an_error_of_a_task_is_raised_with_what_was_noted_and_where_it_was_raised() -> None:
    def work(task: int) -> int:
        error = ValueError(f"a defect in {task}")
        error.add_note("met here")
        raise error

    with pytest.raises(ValueError, match="a defect in 7") as caught:
        list(each_in_a_process(work, [7], 2))
    assert caught.value.__notes__ == ["met here"]
    assert "in work" in str(caught.value.__cause__)


def test_a_process_that_is_killed_is_an_error_and_the_others_end() -> None:
    def work(task: int) -> int:
        if task == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
        return task

    began = time.monotonic()
    with pytest.raises(WorkerDiedError, match="ended with -9, perhaps for want of memory"):
        list(each_in_a_process(work, range(3), 2))
    assert time.monotonic() - began < 30


def test_a_result_that_can_not_be_sent_is_an_error() -> None:
    with pytest.raises(Exception, match="pickle"):
        list(each_in_a_process(lambda _: lambda: None, [0], 1))
