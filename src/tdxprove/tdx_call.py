"""A TDX instruction under execution: one path for every outcome that the machine model allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tdxprove import machine, symbols
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.exploration import Exploration
from tdxprove.faults import seamcall_fault
from tdxprove.outside import written_by_module
from tdxprove.path import Call, Outcome, Path
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin
from tdxprove.tdx import VMCALL, asked
from tdxprove.terms import constants_of
from tdxprove.thread import CutError, Thread
from tdxprove.vex import all_registers, get_register, set_carry, set_register

_MATTERS: Final = {"tdcall": frozenset({Origin.NOBODY, Origin.VMM}), "seamcall": frozenset({Origin.VMM})}
"""Whose part in a question is remembered: what a host learns from the module, no VMM is shown afterwards."""


def tdx_call(x: Exploration, thread: Thread, instruction: str, following: int) -> Iterator[Thread | Path]:
    """Every outcome of TDCALL or SEAMCALL, followed by the instruction at `following`.

    Raises:
        CutError: the instruction is not modelled.
        UnmodelledCallError: see `machine`.
    """
    if instruction not in {"tdcall", "seamcall"}:
        raise CutError(f"{instruction} runs only inside the TDX module and is not modelled")
    thread.count_round(x.budget)
    for branch in _by_leaf(x, thread, instruction):
        yield from _outcomes(x, branch, instruction, following)


def _by_leaf(x: Exploration, thread: Thread, instruction: str) -> Iterator[Thread]:
    """A thread for each leaf that the function itself chooses, and one for those that are its caller's choice.

    Without a contract, a caller keeps away from leaves that change what its convention preserves (`Model.by_state`); a
    function that computes the leaf answers for it, as for the bits of a mask.
    """
    rax = get_register(thread.state, "rax")
    if rax.op == "BVV" or not x.model.by_state or _is_given(rax):
        yield thread
        return
    values = x.few_values(thread, rax)
    own = values if values is not None else machine.left_out(x.model, instruction)
    names = [name for name, node in constants_of(x.translate(rax)).items() if node.size() == 64]
    given = [symbol(name, 64) for name in names if _may_be_given(name)] if values is None else []
    for value in own:
        others = [part != value for leaf in given for part in (leaf, leaf[31:0].zero_extend(32))]
        conditions = [x.translate(condition) for condition in (rax == value, *others)]
        if values is not None or x.solver.possible(thread.condition, conditions):
            branch = thread.fork(thread.state.copy(), conditions)
            set_register(branch.state, "rax", claripy.BVV(value, 64))
            yield branch
    if values is None:
        yield thread


def _is_given(rax: Ast) -> bool:
    """Is the leaf what an argument or a field holds?"""
    while rax.op in {"ZeroExt", "Extract"} or (rax.op == "Concat" and rax.args[0].op == "BVV" and len(rax.args) == 2):
        rax = rax.args[-1]
    return rax.op == "BVS" and all(map(_may_be_given, rax.variables))


def _may_be_given(name: str) -> bool:
    """Is a value an argument, or a field of what one points to, and no secret?

    Nothing else is the caller's: not what rounds of a loop may have counted to, nor what variables of the image hold,
    a table of leaves say, per-CPU data, and what pointers in those lead to.
    """
    return symbols.origin_of(name) is Origin.CALLER and "#" not in name and not symbols.taint((name,))


def _question(instruction: str, before: Mapping[str, Ast]) -> list[Ast]:
    """What the module is asked, and answers itself: of TDG.VP.VMCALL, it only says whether that is legal."""
    rax = before["rax"]
    leaf = rax.args[0] if rax.op == "BVV" else None
    if instruction == "tdcall" and leaf == VMCALL:
        return []
    return [before[register] for register in asked(instruction, leaf)]


def _asking(question: list[Ast], rax: Ast) -> frozenset[Origin]:
    """Whose values have a part in a question, but for places on the stack, which tell the module nothing.

    Whoever chooses the leaf answers for the registers that it takes and that were left as they were.
    """
    left = frozenset(map(symbols.entry, GPRS)) if _is_given(rax) else frozenset()
    parts = (value for value in question if value.op != "BVS" or value.args[0] not in left)
    names = {name for value in parts for name in value.variables}
    return symbols.taint(names - {symbols.entry("rsp")})


def _outcomes(x: Exploration, thread: Thread, instruction: str, following: int) -> Iterator[Thread | Path]:
    before = dict(all_registers(thread.state))
    ordinal = len(thread.calls)
    model = machine.tdcall if instruction == "tdcall" else machine.seamcall
    question = _question(instruction, before)
    asking = _asking(question, before["rax"]) & _MATTERS[instruction]
    terms = {register: x.translate(value) for register, value in before.items()}
    for one in model(before, x.model, ordinal, asking):
        conditions = [x.translate(condition) for condition in one.conditions if not condition.is_true()]
        if conditions and not x.solver.possible(thread.condition, conditions):
            continue
        branch = thread.fork(thread.state.copy(), conditions)
        if question:  # who reads an answer where it was stored reads another one after another question
            branch.state.memory.history.record(*question)
        if one.writes:
            # One of which only the status is left has succeeded, if it is told apart from a refused one.
            succeeded = one.outcome is Outcome.COMPLETED and one.changed.keys() == {"rax"}
            written_by_module(branch, one.writes, succeeded, asking)
        for register, value in one.changed.items():
            set_register(branch.state, register, value)
        if one.carry is not None:
            others = symbol(symbols.answer(Origin.MODULE, ordinal, "flags"), 64)
            set_carry(branch.state, one.carry, claripy.BVV(0, 64) if one.carry else others)
        after = {**terms, **{register: x.translate(value) for register, value in one.changed.items()}}
        after["trap"] = x.translate(claripy.BVV(0, 64))
        ended = (one.outcome, terms, after, tuple(thread.condition), thread.rounds, bool(one.writes), asking)
        call = Call(ordinal, thread.pc, instruction, *ended)
        branch.calls.append(call)
        yield seamcall_fault(x, branch) if one.outcome is Outcome.FAULT else x.goto(branch, following)
