"""A TDX instruction under execution: one path for every outcome that the machine model allows."""

from __future__ import annotations

from collections.abc import Iterator

from tdxprove import machine, symbols
from tdxprove.angr_api import claripy, symbol
from tdxprove.exploration import Exploration
from tdxprove.faults import seamcall_fault
from tdxprove.path import Call, Outcome, Path
from tdxprove.thread import CutError, Thread
from tdxprove.vex import all_registers, set_carry, set_register


def tdx_call(x: Exploration, thread: Thread, instruction: str, following: int) -> Iterator[Thread | Path]:
    """Every outcome of TDCALL or SEAMCALL, followed by the instruction at `following`.

    Raises:
        CutError: the instruction is not modelled.
        UnmodelledCallError: see `machine`.
    """
    if instruction not in {"tdcall", "seamcall"}:
        raise CutError(f"{instruction} runs only inside the TDX module and is not modelled")
    thread.count_round(x.budget)
    before = dict(all_registers(thread.state))
    ordinal = len(thread.calls)
    model = machine.tdcall if instruction == "tdcall" else machine.seamcall
    terms = {register: x.translate(value) for register, value in before.items()}
    for one in model(before, x.model, ordinal):
        conditions = [x.translate(condition) for condition in one.conditions if not condition.is_true()]
        if conditions and not x.solver.possible(thread.condition, conditions):
            continue
        branch = thread.fork(thread.state.copy(), conditions)
        for register, value in one.changed.items():
            set_register(branch.state, register, value)
        if one.carry is not None:
            others = symbol(symbols.answer(symbols.Origin.MODULE, ordinal, "flags"), 64)
            set_carry(branch.state, one.carry, claripy.BVV(0, 64) if one.carry else others)
        after = {**terms, **{register: x.translate(value) for register, value in one.changed.items()}}
        after["trap"] = x.translate(claripy.BVV(0, 64))
        reached = tuple(thread.condition)
        call = Call(ordinal, thread.pc, instruction, one.outcome, terms, after, reached, thread.rounds)
        branch.calls.append(call)
        yield seamcall_fault(x, branch) if one.outcome is Outcome.FAULT else x.goto(branch, following)
