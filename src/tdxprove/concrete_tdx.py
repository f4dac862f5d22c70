"""What one TDCALL or SEAMCALL does to the registers (tdxprove.machine), on numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tdxprove.faults import FAULT
from tdxprove.image import Fixup
from tdxprove.leaf import Leaf
from tdxprove.path import Outcome
from tdxprove.processor import CARRY, Processor
from tdxprove.registers import GPRS, XMMS, mask_bit
from tdxprove.scenario import Choices, ReplayError
from tdxprove.symbols import Origin, answer
from tdxprove.tdx import VMCALL, encodings


@dataclass(frozen=True)
class TdxCall:
    """One call of a run: how it ends, and (`ordinal`) which answers of the solver's are its own."""

    instruction: str
    ordinal: int
    outcome: Outcome
    fixup: Fixup | None


def answer_call(call: TdxCall, processor: Processor, choices: Choices, leaves: Mapping[str, tuple[Leaf, ...]]) -> None:
    """Leave in the registers what the module and the VMM answer.

    Raises:
        ReplayError: RAX names no leaf.
    """
    if call.outcome is Outcome.REFUSED:
        processor.write("rax", choices.answered(call.ordinal, "rax"))
    elif call.outcome is Outcome.COMPLETED:
        _complete(call, processor, choices, leaves)
    if call.instruction == "seamcall":
        _return_to_host(call, processor, choices)


def _complete(call: TdxCall, processor: Processor, choices: Choices, leaves: Mapping[str, tuple[Leaf, ...]]) -> None:
    rax, rcx = processor.read("rax"), processor.read("rcx")
    if call.instruction == "tdcall" and rax == VMCALL:
        for register in (*GPRS, *XMMS):
            if rcx >> mask_bit(register) & 1:
                processor.write(register, choices.of(answer(Origin.VMM, call.ordinal, register)))
        return
    named = [leaf for leaf in leaves[call.instruction] if rax in encodings(leaf)]
    if not named:
        raise ReplayError(f"rax = {rax:#x} names no leaf of {call.instruction}")
    for register in GPRS:
        if register in named[0].modified:
            processor.write(register, _of_either(call, choices, register))


def _of_either(call: TdxCall, choices: Choices, register: str) -> int:
    """What the other side chose, where the path says that it did, else the module."""
    module = choices.answered(call.ordinal, register)
    return choices.values.get(answer(Origin.VMM, call.ordinal, register), module)


def _return_to_host(call: TdxCall, processor: Processor, choices: Choices) -> None:
    """Flags and vector registers after SEAMCALL, or what its fix-up does."""
    if call.outcome is Outcome.FAULT:
        if call.fixup is not None and call.fixup.kind == FAULT:
            processor.write("rax", choices.of(answer(Origin.MODULE, call.ordinal, "trap")))
    elif call.outcome is Outcome.VMFAIL:
        processor.set_arithmetic(CARRY)
    else:
        processor.set_arithmetic(choices.of(answer(Origin.MODULE, call.ordinal, "flags")) & ~CARRY)
        for xmm in XMMS:
            processor.write(xmm, _of_either(call, choices, xmm))
