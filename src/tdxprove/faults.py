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
from tdxprove.instructions import Decoded
from tdxprove.path import EndKind, Path
from tdxprove.registers import GPRS
from tdxprove.thread import CutError, Thread
from tdxprove.vex import get_register, set_register

DEFAULT: Final = 1
FAULT: Final = 2
"""EX_TYPE_DEFAULT and EX_TYPE_FAULT: continue at the fix-up; the same with the trap number in RAX."""

_UACCESS, _DEFAULT_MCE_SAFE, _FAULT_MCE_SAFE, _IMM_REG = 3, 14, 15, 17
_WRMSR, _RDMSR, _WRMSR_SAFE, _RDMSR_SAFE = 8, 9, 10, 11
_EIO = (1 << 64) - 5
"""-EIO as an unsigned long (Linux include/uapi/asm-generic/errno-base.h)."""

_PLAIN = frozenset({DEFAULT, _UACCESS, _DEFAULT_MCE_SAFE})
_NUMBERED = frozenset({FAULT, _FAULT_MCE_SAFE})
_MODELLED = _PLAIN | _NUMBERED | {_IMM_REG, _WRMSR, _RDMSR, _WRMSR_SAFE, _RDMSR_SAFE}
_CLEARS_BOTH = 3
"""EX_FLAG_CLEAR_AX_DX: whatever the type, RAX and RDX are cleared at the end."""

_UD, _GP = 6, 13
"""Vectors of the faults that SEAMCALL raises (Intel SDM volume 3, table 6-1)."""


_Value = TypeVar("_Value")


def fault(x: Exploration, thread: Thread, decoded: Decoded) -> Iterator[Thread | Path]:
    """The other way out of an instruction that has a fix-up: it faulted, and did nothing.

    Whether it does is a bit of the system, one for each time that it runs.

    Raises:
        CutError: the kind of fix-up is not modelled, or a secret or the VMM decides whether the instruction faults.
    """
    fixup = x.image.fixups[thread.pc]
    if decoded.mnemonic.startswith("rep"):
        raise CutError("a fault in the middle of a repeated string instruction, with a fix-up, is not modelled")
    deciding = {*decoded.asks, *decoded.address_registers}
    names = {name for register in deciding for name in get_register(thread.state, register).variables}
    if symbols.taint(names - {symbols.entry("rsp")}):
        raise CutError("a secret, or what the VMM chose, decides whether an instruction with a fix-up faults")
    number = symbols.system(f"fault_{thread.pc:#x}_{thread.visits[thread.pc]}")
    thread.assumptions.add(
        "a fault that has an exception-table entry changes what the entry says and what is below rsp"
    )
    branch = x.suppose(thread, {number: 1})
    if branch is not None:
        vector = symbol(f"{number}_vector", 8).zero_extend(56)
        for register, value in repaired(fixup, vector):
            set_register(branch.state, register, claripy.BVV(value, 64) if isinstance(value, int) else value)
        yield x.goto(branch, fixup.target)
    thread.condition.append(z3.BitVec(number, 1) == 0)
    thread.system[number] = 0


def repaired(fixup: Fixup, vector: _Value) -> list[tuple[str, _Value | int]]:
    """The registers that a fix-up sets and their values, given the number of the exception.

    Bits 11:8 name a register, in the order of the encoding, bits 15:12 say whether RAX and RDX are cleared.

    Raises:
        CutError: what it does is not modelled.
    """
    kind, named, flags = fixup.kind & 0xFF, GPRS[fixup.kind >> 8 & 0xF], fixup.kind >> 12 & 0xF
    if flags > _CLEARS_BOTH or kind not in _MODELLED:
        raise CutError(f"exception-table entries of type {kind}{f' with flags {flags}' * (flags > 0)} are not modelled")
    changed: list[tuple[str, _Value | int]] = []
    if kind in _NUMBERED:
        changed = [("rax", vector)]
    elif kind == _IMM_REG:
        immediate = fixup.kind >> 16 & 0xFFFF
        changed = [(named, (immediate - ((immediate & 0x8000) << 1)) % (1 << 64))]
    if kind in {_RDMSR, _RDMSR_SAFE}:
        changed = [("rax", 0), ("rdx", 0)]
    if kind in {_WRMSR_SAFE, _RDMSR_SAFE}:
        changed += [(named, _EIO)]
    return changed + [(register, 0) for bit, register in enumerate(("rax", "rdx")) if flags >> bit & 1]


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
