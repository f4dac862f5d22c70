"""From bytes to VEX, one instruction at a time; what tdxprove does not model is refused here, never stepped over.

One instruction per block keeps every register up to date at every instruction boundary: that is where an interrupt may
overwrite the stack below RSP, and where a path ends with a location that a reader can look up.

VEX decodes none of TDCALL, SEAMCALL, SEAMRET and SEAMOPS (pyvex 9.2.213 and 10.0.5: Ijk_NoDecode), so they get lifter
classes here. Only instructions that are known to be modelled are let in (tdxprove.instructions).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import archinfo
import capstone

from tdxprove.angr_api import GymratLifter, Instruction, pyvex, register
from tdxprove.instructions import (
    TDX_ENCODINGS,
    UnsupportedInstructionError,
    decode,
    is_by_hand,
    is_modelled,
)
from tdxprove.program import LONGEST

JUMPKIND: Final = "Ijk_TDX_"
"""Prefix of the jump kind that ends a block at a TDX instruction: no kind of VEX's own, so that nothing takes it for a
system call."""

ARCH: Final = archinfo.ArchAMD64()


class _TdxInstruction(Instruction):  # type: ignore[misc]
    """One of the four: no operands, 4 bytes, the block ends here and the machine model takes over."""

    def compute_result(self) -> None:
        self.jump(None, self.constant(self.addr + 4, "Ity_I64"), jumpkind=JUMPKIND + self.name)


def _instruction_class(name: str, encoding: bytes) -> type[_TdxInstruction]:
    bits = "".join(f"{byte:08b}" for byte in encoding)
    return type(name.capitalize(), (_TdxInstruction,), {"name": name, "bin_format": bits})


class TdxLifter(GymratLifter):  # type: ignore[misc]
    """Lifts the four TDX instructions; pyvex asks it where VEX itself gives up."""

    instrs = [_instruction_class(name, encoding) for name, encoding in TDX_ENCODINGS.items()]  # noqa: RUF012 (pyvex's name)


register(TdxLifter, "AMD64")

_LEGACY_PREFIXES: Final = frozenset(b"\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3")
_REX_PREFIXES: Final = frozenset(range(0x40, 0x50))
"""Intel SDM volume 2, sections 2.1.1 and 2.2.1."""


@dataclass(frozen=True)
class ByHand:
    """Stands for the VEX block of an instruction that tdxprove.by_hand does; capstone's, with its operands."""

    instruction: Any


_with_operands = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_with_operands.detail = True


def is_whole(code: bytes) -> bool:
    """Are these bytes, of which there may be fewer than 15, at least one instruction?"""
    if len(code) == LONGEST:
        return True
    try:
        decode(code)
    except UnsupportedInstructionError:
        return False
    return True


def _has_stray_rex(code: bytes) -> bool:
    """Is there a REX prefix that does not stand before the opcode? Processors ignore it, VEX does not.

    Intel SDM volume 2, section 2.2.1: a REX prefix in front of another prefix has no effect.
    """
    prefixes = itertools.takewhile(lambda byte: byte in _LEGACY_PREFIXES | _REX_PREFIXES, code)
    return any(byte in _REX_PREFIXES for byte in list(prefixes)[:-1])


@lru_cache(maxsize=65536)
def lift(code: bytes, address: int) -> Any:
    """The VEX block of the single instruction `code` at `address`, or a ByHand.

    Raises:
        UnsupportedInstructionError: not on the list of modelled instructions, or VEX cannot decode it.
    """
    decoded = decode(code)
    if decoded.mnemonic not in TDX_ENCODINGS and not is_modelled(decoded):
        raise UnsupportedInstructionError(f"instruction '{decoded}' is not modelled")
    if _has_stray_rex(code):
        raise UnsupportedInstructionError(f"instruction '{decoded}' has a REX prefix that processors ignore")
    if is_by_hand(decoded):
        return ByHand(next(_with_operands.disasm(code, address, 1)))
    block = pyvex.lift(code[: decoded.size], address, ARCH, max_inst=1, max_bytes=decoded.size, opt_level=1)
    disagree = block.jumpkind == "Ijk_Yield" and decoded.mnemonic != "pause"  # f3 41 90 is an xchg, VEX takes a pause
    if block.size != decoded.size or block.jumpkind == "Ijk_NoDecode" or disagree:
        raise UnsupportedInstructionError(f"instruction '{decoded}' cannot be lifted")
    return block
