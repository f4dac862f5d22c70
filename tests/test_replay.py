"""No refutation without a run that shows it: each counterexample is replayed, or else no verdict."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import unicorn
import z3

from tdxprove import attempt, emulator, machine, replay
from tdxprove.angr_api import Ast, symbol
from tdxprove.check import prove
from tdxprove.claims import Claim, Context
from tdxprove.concrete_memory import ConcreteMemory
from tdxprove.contract import Contract
from tdxprove.counterexample import Assignment, assignment_for
from tdxprove.elf import SECTION_BASE
from tdxprove.path import EndKind, Outcome
from tdxprove.path import Path as Run
from tdxprove.report import Report
from tdxprove.scenario import ReplayError, Scenario
from tdxprove.selection import Options
from tdxprove.solver import Solver
from tdxprove.verdict import Status, Verdict
from tests.helpers import CASES, TDCALL, compile_to, function, prove_in_this_process

RIGHT = f"""
    push %rbx; push %r12
    xor %eax, %eax; xor %r10d, %r10d; mov $12, %r11d; mov %rdi, %r12; mov $0x1c00, %ecx
    {TDCALL}
    pop %r12; pop %rbx
    test %rax, %rax; jnz 1f
    mov %r10, %rax; ret
1:  ud2
"""
"""tdvmcall_halt, correct."""


@dataclass
class Replays:
    """What was replayed: the paths that the emulator ran, by obligation, and the values that each started from."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    values: dict[str, list[dict[str, int]]] = field(default_factory=dict)


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> Replays:
    """Watch every replay, changing nothing."""
    seen = Replays()
    current: list[str] = []
    violates, run = replay.violates, emulator.Run.run

    def watched_violates(
        claim: Claim, identifier: str, context: Context, scenario: Scenario, assignment: Assignment
    ) -> None:
        current.append(identifier)
        violates(claim, identifier, context, scenario, assignment)

    def watched_run(self: emulator.Run) -> Run:
        path = run(self)
        seen.runs.setdefault(current[-1], []).append(path)
        seen.values.setdefault(current[-1], []).append(dict(self.choices.values))
        return path

    prove_in_this_process(monkeypatch)
    monkeypatch.setattr(attempt, "violates", watched_violates)
    monkeypatch.setattr(emulator.Run, "run", watched_run)
    return seen


def judge(source: Path, folder: Path, symbol_: str) -> Report:
    """The report on one function under the bundled contracts."""
    target = source if source.suffix == ".o" else compile_to(folder, source)
    return prove([target], Options(contracts=("seed",), symbols=(symbol_,)))


def case(name: str, folder: Path) -> Report:
    """The report on one of the cases."""
    source = CASES / f"{name}.s"
    (line,) = [line for line in source.read_text().splitlines() if line.startswith("# symbol: ")]
    return judge(source, folder, line.removeprefix("# symbol: "))


def verdict(report: Report, obligation: str) -> Verdict:
    """The verdict on an obligation."""
    (found,) = [one for one in report.verdicts if one.obligation == obligation]
    return found


# -- what does not replay is no verdict --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "obligation", "same", "reason"),
    [
        (
            "halt-r12-not-saved",
            "preserves/r12",
            ("vmm.0.r12", "entry.r12"),
            "the run ends as returned and keeps the obligation",
        ),
        ("cpuid-r14-left", "confines/r14", ("entry.r14'", "entry.r14"), "both runs show the same value"),
        (
            "halt-result-always-zero",
            "returns/rax",
            ("vmm.0.r10", ""),
            "the run ends as returned and keeps the obligation",
        ),
    ],
)
def test_a_counterexample_that_shows_nothing_is_incomplete(
    name: str,
    obligation: str,
    same: tuple[str, str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The solver's values are exchanged for harmless ones: the refutation must not be reported as one."""

    def harmless(
        claim: Claim, model: z3.ModelRef, contract: Contract, solver: Solver
    ) -> tuple[Assignment, z3.ModelRef]:
        found = assignment_for(claim, model, contract, solver)
        values = {**found[0].values}
        values[same[0]] = values.get(same[1], 0)
        return Assignment(values), found[1]

    monkeypatch.setattr(attempt, "assignment_for", harmless)
    report = case(name, tmp_path)
    found = verdict(report, obligation)
    assert found.status is Status.INCOMPLETE
    assert not found.replayed
    assert f"but the counterexample does not replay: {reason}" in found.message
    assert found.counterexample is not None, "the values are shown: somebody has to find out why"
    assert report.exit_status == 3


def test_a_machine_model_that_is_wrong_refutes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model lets the VMM change RBP, which the mask does not select; the emulator knows better."""
    answers = machine._vmm_answers

    def too_many(before: dict[str, Ast], ordinal: int) -> Iterator[tuple[str, Ast]]:
        yield from answers(before, ordinal)
        yield "rbp", symbol(f"vmm.{ordinal}.rbp", 64)

    source = function(tmp_path, RIGHT, "tdvmcall_halt")
    assert judge(source, tmp_path, "tdvmcall_halt").exit_status == 0
    monkeypatch.setattr(machine, "_vmm_answers", too_many)
    report = judge(source, tmp_path, "tdvmcall_halt")
    found = verdict(report, "preserves/rbp")
    assert found.status is Status.INCOMPLETE
    assert "does not replay: the run ends as returned and keeps the obligation" in found.message
    assert (report.status, report.exit_status) == (Status.INCOMPLETE, 3)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("unicorn", "the emulator stops at tdvmcall_halt+0x0"), ("steps", "no end after 2 instructions")],
)
def test_an_emulator_that_gives_up_refutes_nothing(
    error: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if error == "steps":
        monkeypatch.setattr(emulator, "_STEPS", 2)
    else:
        monkeypatch.setattr(ConcreteMemory, "map", lambda *_: False)
        monkeypatch.setattr(ConcreteMemory, "write", lambda *_: None)
    report = case("halt-r12-not-saved", tmp_path)
    found = verdict(report, "preserves/r12")
    assert (found.status, found.replayed) == (Status.INCOMPLETE, False)
    assert reason in found.message
    assert report.exit_status == 3


def test_a_counterexample_that_can_not_be_made_simpler_is_shown_as_it_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simplest = Solver.simplest

    def spent(_: Solver, *question: Any) -> z3.ModelRef:
        return simplest(Solver(rlimit=1), *question)

    monkeypatch.setattr(Solver, "simplest", spent)
    found = verdict(case("halt-r12-not-saved", tmp_path), "preserves/r12")
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    assert found.counterexample is not None
    assert "vmm.0.r12" in found.counterexample.answers


def test_a_replay_that_fails_unexpectedly_is_no_verdict_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `ReplayError` means that the violation was not seen; anything else is a defect, and ends the run."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(attempt, "violates", broken)
    with pytest.raises(ZeroDivisionError):
        case("halt-r12-not-saved", tmp_path)
    assert not issubclass(ZeroDivisionError, ReplayError)


# -- everything is replayed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "obligation", "outcome", "end"),
    [
        ("trampoline-status-ignored", "failure/tdcall", Outcome.REFUSED, EndKind.RETURNED),
        ("halt-r12-not-saved", "preserves/r12", Outcome.COMPLETED, EndKind.RETURNED),
        ("seamcall-invalid-is-success", "failure/seamcall", Outcome.VMFAIL, EndKind.RETURNED),
        ("seamcall-fix-up-number-only", "failure/seamcall", Outcome.FAULT, EndKind.RETURNED),
        ("seamcall-no-fix-up", "failure/seamcall", Outcome.FAULT, EndKind.PANICKED),
        ("tdcall-ret-r9-32-bit", "yields/r9", Outcome.COMPLETED, EndKind.RETURNED),
    ],
)
def test_each_outcome_of_a_call_is_replayed(
    name: str, obligation: str, outcome: Outcome, end: EndKind, tmp_path: Path, replays: Replays
) -> None:
    """The run in the emulator makes the call, lets it end as the counterexample says, and comes to the same end."""
    found = verdict(case(name, tmp_path), obligation)
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    (run,) = replays.runs[obligation]
    assert [call.outcome for call in run.calls] == [outcome]
    assert run.end.kind is end
    assert found.counterexample is not None
    (shown,) = found.counterexample.outcomes
    assert shown.endswith(f": {outcome.value}")
    for name_, value in {**found.counterexample.entry, **found.counterexample.answers}.items():
        assert replays.values[obligation][0][name_] == value, "the run starts from what is reported"


def test_the_state_after_each_outcome_is_that_of_the_manual(tmp_path: Path, replays: Replays) -> None:
    """A refused call keeps all but RAX; VMfailInvalid keeps RAX too."""
    case("trampoline-status-ignored", tmp_path)
    case("seamcall-invalid-is-success", tmp_path)
    (refused,) = replays.runs["failure/tdcall"][0].calls
    (invalid,) = replays.runs["failure/seamcall"][0].calls
    changed = {r for r in refused.before if not z3.eq(refused.before[r], refused.after[r])}
    assert changed == {"rax"}
    assert all(z3.eq(invalid.before[r], invalid.after[r]) for r in invalid.before)


@pytest.mark.parametrize(
    ("name", "obligation", "register"),
    [
        ("cpuid-r14-left", "confines/r14", "r14"),
        ("cpuid-secret-decides-branch", "confines/r14", "r14"),
        ("cpuid-stale-stack", "confines/r15", "r15"),
        ("saved-ret-r10-not-scrubbed", "scrubs/r10", "r10"),
    ],
)
def test_a_leak_is_shown_by_two_runs(
    name: str, obligation: str, register: str, tmp_path: Path, replays: Replays
) -> None:
    """Two runs that agree on what may be known: they differ in the register, and in what the report says differs."""
    found = verdict(case(name, tmp_path), obligation)
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    first, second = replays.runs[obligation]
    at_call = obligation.startswith("confines")
    shown = [run.calls[-1].before[register] if at_call else run.registers[register] for run in (first, second)]
    assert not z3.eq(*shown)
    values = replays.values[obligation]
    differing = {n for n in values[1] if values[0].get(n, 0) != values[1][n]}
    assert differing
    assert found.counterexample is not None
    assert set(found.counterexample.second) == differing
    assert not any(n.startswith("arg.") for n in differing), "what is declared is the same in both"


@pytest.mark.parametrize(
    ("name", "obligation", "write"),
    [
        ("cpuid-writes-fifth-word", "memory/writes", True),
        ("cpuid-reads-fifth-word", "memory/reads", False),
        ("cpuid-index-from-vmm", "memory/writes", True),
        ("tdcall-writes-back", "memory/writes", True),
        ("get-quote-reads-buffer", "memory/reads", False),
        ("generic-caller-frame-written", "memory/writes", True),
    ],
)
def test_a_wrong_access_is_seen_by_the_emulator(
    name: str, obligation: str, write: bool, tmp_path: Path, replays: Replays
) -> None:
    """At the instruction that the report names, and nowhere else."""
    found = verdict(case(name, tmp_path), obligation)
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    (run,) = replays.runs[obligation]
    assert found.location is not None
    seen = {access.address for access in run.accesses if access.write is write}
    assert {hex(address - SECTION_BASE) for address in seen} == {found.location.address}


def test_a_jump_to_the_answer_of_the_vmm_is_shown_by_two_runs(tmp_path: Path, replays: Replays) -> None:
    found = verdict(case("generic-jump-to-answer", tmp_path), "control/target")
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    first, second = replays.runs["control/target"]
    assert not z3.eq(first.transfers[-1].target, second.transfers[-1].target)


def test_what_is_proved_is_not_replayed(tmp_path: Path, replays: Replays) -> None:
    report = judge(function(tmp_path, RIGHT, "tdvmcall_halt"), tmp_path, "tdvmcall_halt")
    assert report.exit_status == 0
    assert not replays.runs
    assert not any(one.replayed for one in report.verdicts)


def test_emulators_are_given_up(tmp_path: Path) -> None:
    """Each takes a GiB of addresses and is part of cycles: they must not wait for the collector to come by."""
    gc.collect()
    gc.disable()
    try:
        report = prove([function(tmp_path, f"xor %eax, %eax; mov $0xffff, %ecx; {TDCALL}; ret")], Options())
        assert sum(one.replayed for one in report.verdicts) > 5
        assert not any(isinstance(one, unicorn.Uc) for one in gc.get_objects())
    finally:
        gc.enable()


# -- where it is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thunk", ["__x86_return_thunk", "another_tail"])
def test_a_return_through_a_thunk_is_one_of_the_function(thunk: str, tmp_path: Path) -> None:
    """Who reads of a wrong value at return looks for the place in the function; another tail is code like any."""
    body = f"mov %rdi, %rbx; jmp {thunk}; {TDCALL}"
    rest = f".globl {thunk}\n.type {thunk}, @function\n{thunk}: ret\n.size {thunk}, . - {thunk}"
    report = judge(function(tmp_path, body, "f", rest), tmp_path, "f")
    found = verdict(report, "preserves/rbx")
    assert found.status is Status.REFUTED
    assert found.location is not None
    expected = ("f", 3) if thunk == "__x86_return_thunk" else (thunk, 0)
    assert (found.location.symbol, found.location.offset) == expected
