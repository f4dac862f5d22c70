"""The registers of x86-64 that contracts, obligations and reports speak of: the only place that knows their names.

Order and numbers are those of the instruction encoding (Intel SDM volume 2, section 2.2.1.2, REX prefixes), which is
also the order of the register bitmap in RCX at TDG.VP.VMCALL (intel/tdx-module 1.5.05,
src/td_dispatcher/vm_exits/tdg_vp_vmcall.c).
"""

from __future__ import annotations

from typing import Final

GPRS: Final = ("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", *(f"r{n}" for n in range(8, 16)))
"""General-purpose registers, index = encoding number = bit in the RCX bitmap."""

XMMS: Final = tuple(f"xmm{n}" for n in range(16))
"""Vector registers that TDG.VP.VMCALL can expose: bit 16 + n of RCX selects the low 128 bits of xmm<n>."""

FLAGS: Final = ("df", "ac", "if")
"""Bits of RFLAGS that outlive a function: direction, alignment check (SMAP), interrupt enable."""

RESERVED_MASK_BITS: Final = (0, 1, 4)
"""Bits of RCX that select RAX, RCX and RSP and must be clear (tdg_vp_vmcall.c)."""

RBP_MASK_BIT: Final = 5
"""Bit of RCX that selects RBP: must be clear in a TD with CONFIG_FLAGS.NO_RBP_MOD (tdg_vp_vmcall.c, 1.5.01 on)."""

_PARTS: Final = {
    part: gpr
    for gpr in GPRS
    for part in (
        (gpr, f"{gpr}d", f"{gpr}w", f"{gpr}b")
        if gpr[1].isdigit()
        else (gpr, f"e{gpr[1:]}", gpr[1:], f"{gpr[1]}l" if gpr[2] == "x" else f"{gpr[1:]}l")
    )
}
"""Low parts of general-purpose registers (Intel SDM volume 1, section 3.4.1.1); ah, bh, ch and dh are none."""


def whole(part: str) -> str | None:
    """The 64-bit register of which `part` is the low part (eax, ax, al: rax); None for any other name."""
    return _PARTS.get(part)


def size_of(part: str) -> int:
    """Width in bits of a general-purpose register, or of the part of one that has this name."""
    full = _PARTS.get(part)
    if full is None or part.endswith(("l", "b")):
        return 8
    if part == full:
        return 64
    return 32 if part.startswith("e") or part.endswith("d") else 16


def bits_of(register: str) -> int:
    """Width of a register in bits: 64 for GPRs, 128 for XMMs (all that the mask can expose), 1 for flags."""
    if register in XMMS:
        return 128
    return 1 if register in FLAGS else 64


def mask_bit(register: str) -> int:
    """Bit of the RCX bitmap that selects `register`.

    Raises:
        ValueError: the bitmap has no bit for this register (flags).
    """
    if register in XMMS:
        return 16 + XMMS.index(register)
    return GPRS.index(register)


def mask_of(registers: frozenset[str] | set[str] | tuple[str, ...]) -> int:
    """The RCX bitmap that selects exactly `registers`."""
    return sum(1 << mask_bit(register) for register in set(registers))


def registers_of(mask: int) -> tuple[str, ...]:
    """Registers that a bitmap selects, in bit order (bits above 31 select nothing)."""
    return tuple(r for r in (*GPRS, *XMMS) if mask >> mask_bit(r) & 1)


EXPOSABLE: Final = tuple(r for r in GPRS if mask_bit(r) not in RESERVED_MASK_BITS) + XMMS
"""Registers that a legal bitmap can select."""
