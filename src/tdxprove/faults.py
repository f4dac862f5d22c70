"""Instructions that may fault and continue at a fix-up of the kernel's exception table.

Kinds of fix-ups: Linux arch/x86/include/asm/extable_fixup_types.h; what each does: arch/x86/mm/extable.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeVar

import z3

from tdxprove import symbols
from tdxprove.angr_api import claripy, symbol
from tdxprove.exploration import Exploration
from tdxprove.image import Fixup
from tdxprove.path import EndKind, Path
from tdxprove.registers import GPRS
from tdxprove.thread import CutError, Thread
from tdxprove.vex import set_register

DEFAULT: Final = 1
FAULT: Final = 2
"""EX_TYPE_DEFAULT and EX_TYPE_FAULT: continue at the fix-up; the same with the trap number in RAX."""

_UACCESS, _DEFAULT_MCE_SAFE, _FAULT_MCE_SAFE, _IMM_REG = 3, 14, 15, 17
_PLAIN = frozenset({DEFAULT, _UACCESS, _DEFAULT_MCE_SAFE})
_NUMBERED = frozenset({FAULT, _FAULT_MCE_SAFE})
_UD, _GP = 6, 13
"""Vectors of the faults that SEAMCALL raises (Intel SDM volume 3, table 6-1)."""


_Value = TypeVar("_Value")


def fault(x: Exploration, thread: Thread, mnemonic: str) -> Iterator[Thread | Path]:
    """The other way out of an instruction that has a fix-up: it faulted, and did nothing.

    Whether it does is a bit of the system, one for each time that it runs.

    Raises:
        CutError: the kind of fix-up is not modelled.
    """
    fixup = x.image.fixups[thread.pc]
    if mnemonic.startswith("rep"):
        raise CutError("a fault in the middle of a repeated string instruction, with a fix-up, is not modelled")
    number = symbols.system(f"fault_{thread.pc:#x}_{thread.visits[thread.pc]}")
    thread.assumptions.add(
        "a fault that has an exception-table entry changes what the entry says and what is below rsp"
    )
    branch = x.suppose(thread, {number: 1})
    if branch is not None:
        vector = symbol(f"{number}_vector", 8).zero_extend(56)
        if (changed := repaired(fixup, vector)) is not None:
            register, value = changed
            set_register(branch.state, register, claripy.BVV(value, 64) if isinstance(value, int) else value)
        yield x.goto(branch, fixup.target)
    thread.condition.append(z3.BitVec(number, 1) == 0)
    thread.system[number] = 0


def repaired(fixup: Fixup, vector: _Value) -> tuple[str, _Value | int] | None:
    """The register that a fix-up sets and its value, given the number of the exception; None if it sets none.

    Raises:
        CutError: what it does is not modelled.
    """
    kind = fixup.kind & 0xFF
    if kind in _PLAIN:
        return None
    if kind in _NUMBERED:
        return "rax", vector
    # EX_TYPE_IMM_REG: a register (bits 11:8, in the order of the encoding) gets bits 31:16; 15:12 would clear others.
    if kind == _IMM_REG and not fixup.kind >> 12 & 0xF:
        immediate = fixup.kind >> 16
        return GPRS[fixup.kind >> 8 & 0xF], (immediate - ((immediate & 0x8000) << 1)) % (1 << 64)
    raise CutError(f"exception-table entries of type {kind} are not modelled")


def seamcall_fault(x: Exploration, thread: Thread) -> Thread | Path:
    """SEAMCALL raised #UD or #GP: the exception table says where the kernel continues.

    Raises:
        CutError: the kind of fix-up is not modelled.
    """
    fixup = x.image.fixups.get(thread.pc)
    if fixup is None:
        return x.end(thread, EndKind.PANICKED, "SEAMCALL faults and no exception-table entry continues it")
    call = thread.calls[-1]
    trap = symbol(symbols.answer(symbols.Origin.MODULE, call.ordinal, "trap"), 64)
    term = x.translate(trap)
    thread.condition.append(z3.Or(term == _UD, term == _GP))
    after = {**call.after, "trap": term}
    if fixup.kind == FAULT:
        set_register(thread.state, "rax", trap)
        after["rax"] = term
    thread.calls[-1] = replace(call, after=after)
    if fixup.kind not in {DEFAULT, FAULT}:
        raise CutError(f"exception-table entries of type {fixup.kind} are not modelled")
    return x.goto(thread, fixup.target)
