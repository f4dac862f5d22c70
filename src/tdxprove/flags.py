"""Flags that VEX does not keep, or that neither it nor angr computes as a processor does."""

from __future__ import annotations

import re
from typing import Any

from tdxprove import symbols
from tdxprove.address import linear
from tdxprove.angr_api import Ast, ccall, claripy, symbol
from tdxprove.instructions import Decoded
from tdxprove.registers import GPRS, size_of
from tdxprove.vex import forget_flags, get_register, set_carry, set_register

_VEX_FLAGS = 0x2408D5 | 1 << 10
"""Bits of RFLAGS that VEX keeps: the arithmetic flags, DF, AC and ID (Intel SDM volume 1, figure 3-8)."""

_IF_BIT = 9


def complete_pushed_flags(state: Any) -> None:
    """After `pushfq`: VEX stores the flags that it keeps and zeroes for the rest; IF and the others are added."""
    rsp = get_register(state, "rsp")
    state.memory.frame.set_floor(linear(rsp)[1])  # the pushed word is above RSP now
    others = symbol(symbols.entry("rflags"), 64) & ~(_VEX_FLAGS | 1 << _IF_BIT) | 2
    interrupts = get_register(state, "if").zero_extend(63) << _IF_BIT
    state.memory.store(rsp, state.memory.load(rsp, 8) | others | interrupts)


def restore_interrupt_flag(state: Any) -> Ast:
    """Before `popfq`: IF, which VEX has no register for, comes from the value about to be popped.

    Returns the condition that the flags which nobody keeps are those of the entry.
    """
    popped = state.memory.load(get_register(state, "rsp"), 8)
    set_register(state, "if", popped[_IF_BIT:_IF_BIT])
    kept = _VEX_FLAGS | 1 << _IF_BIT | 2
    return (popped ^ symbol(symbols.entry("rflags"), 64)) & ~kept & 0xFFFF_FFFF == 0


_OF, _ZF, _AF, _PF, _CF, _ALL = 1 << 11, 1 << 6, 1 << 4, 1 << 2, 1, 0x8D5
_UNRELIABLE = {
    "mul": _ALL ^ _OF ^ _CF, "imul": _ALL ^ _OF ^ _CF, "bsf": _ALL ^ _ZF, "bsr": _ALL ^ _ZF, "shld": _ALL, "shrd": _ALL,
    "tzcnt": _ALL, "div": _ALL, "idiv": _ALL,
    "andn": _AF | _PF, "blsi": _AF | _PF | _CF, "blsr": _AF | _PF, "blsmsk": _AF | _PF,
    "bzhi": _AF | _PF,
    "bt": _ALL ^ _CF, "bts": _ALL ^ _CF, "btr": _ALL ^ _CF, "btc": _ALL ^ _CF,
}  # fmt: skip
"""Arithmetic flags that an instruction leaves undefined (Intel SDM volume 1, appendix A.1), or that angr gets wrong:
ZF after bt (9.2.213 clears it) and CF after blsi."""

_HALVES = {"byte": 8, "word": 16, "dword": 32, "qword": 64}

_SHIFTS = frozenset({"shl", "sal", "shr", "sar", "rol", "ror", "rcl", "rcr"})


def unreliable_flags(decoded: Decoded) -> int:
    """Arithmetic flags (bits of RFLAGS) that hold anybody's guess after an instruction."""
    if decoded.mnemonic not in _SHIFTS:
        return _UNRELIABLE.get(decoded.mnemonic.removeprefix("lock "), 0)
    target, _, count = (part.strip() for part in decoded.operands.rpartition(","))
    masked = 64 if target in GPRS or target.startswith("qword") else 32  # Intel SDM volume 2, SAL/SAR/SHL/SHR
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]+", count) or int(count, 0) % masked == 0:
        return _ALL  # by cl: a count of zero changes no flag, but angr 10.0.5 loses those of inc, dec, adc and sbb then
    return 0 if int(count, 0) == 1 else _OF


def set_product_flags(state: Any, decoded: Decoded) -> None:
    """After `mul`: CF and OF say whether the upper half of the product is zero (Intel SDM volume 2, MUL).

    angr 9.2.213 cuts that half off before it looks; the other flags are undefined.
    """
    if decoded.mnemonic != "mul":
        return
    bits = _HALVES.get(decoded.operands.partition(" ptr ")[0]) or size_of(decoded.operands)
    upper = get_register(state, "rax")[15:8] if bits == 8 else get_register(state, "rdx")[bits - 1 : 0]
    forget_flags(state, claripy.If(upper == 0, claripy.BVV(0, 64), claripy.BVV(_OF | _CF, 64)))


def forget_unreliable_flags(state: Any, decoded: Decoded, step: int) -> None:
    """Flags that are undefined or not modelled become unknowns: VEX, like a processor, leaves some value there."""
    unreliable = unreliable_flags(decoded)
    if not unreliable:
        return
    guess = symbol(f"{symbols.Origin.NOBODY.value}.flags.{step}", 64)
    flags = guess
    if unreliable != _ALL:
        thunk = [state.registers.load(part, 8) for part in ("cc_op", "cc_dep1", "cc_dep2", "cc_ndep")]
        flags = (ccall.amd64g_calculate_rflags_all(state, *thunk) & ~unreliable) | (guess & unreliable)
    set_carry(state, 0, claripy.BVV(0, 64))
    state.registers.store("cc_dep1", flags)
