"""The processor of a concrete run: Unicorn, with the registers and flags that a proof speaks of."""

from __future__ import annotations

from typing import Final

import unicorn
import unicorn.x86_const as ux
import z3

from tdxprove import symbols
from tdxprove.entry import EntryState
from tdxprove.registers import FLAGS, GPRS, XMMS
from tdxprove.scenario import Choices, ReplayError

ADDRESS_MASK: Final = (1 << 64) - 1
ARITHMETIC: Final = 0x8D5
CARRY: Final = 1
_ALWAYS = 1 << 1
_FLAG_BITS = {"df": 1 << 10, "if": 1 << 9, "ac": 1 << 18}
"""Intel SDM volume 1, figure 3-8."""


def _constant(name: str) -> int:
    return int(getattr(ux, f"UC_X86_REG_{name.upper()}"))


_REGISTERS = {register: _constant(register) for register in (*GPRS, *XMMS, "gs_base", "fs_base")}


class Processor:
    """Registers and flags as numbers; `uc` is the emulator, for its memory."""

    def __init__(self) -> None:
        self.uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        # Without it Unicorn cuts addresses to the physical width, and kernel code is not where it was mapped.
        self.uc.ctl_set_tlb_mode(unicorn.UC_TLB_VIRTUAL)

    def enter(self, entry: EntryState, choices: Choices) -> None:
        """Registers and flags become what the solver chose for the entry."""
        for register in GPRS:
            held = entry.registers.get(register)
            value = choices.of(symbols.entry(register) if held is None else held.name)
            if held is not None and held.bits < 64:
                value |= choices.of(symbols.entry(register) + ".high") << held.bits
            self.write(register, value)
        for register in (*XMMS, "gs_base", "fs_base"):
            self.write(register, choices.of(symbols.entry(register)))
        self.eflags = choices.of(symbols.entry("arithmetic_flags")) & ARITHMETIC | _ALWAYS
        for flag in ("ac", "if"):
            self.set_flag(flag, choices.of(symbols.entry(flag)))

    def read(self, register: str) -> int:
        """A GPR, or the low 128 bits of a vector register."""
        return int(self.uc.reg_read(_REGISTERS[register])) & ((1 << _width(register)) - 1)

    def write(self, register: str, value: int) -> None:
        """Assign a register."""
        self.uc.reg_write(_REGISTERS[register], value)

    @property
    def eflags(self) -> int:
        """All flags, as EFLAGS has them."""
        return int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS))

    @eflags.setter
    def eflags(self, value: int) -> None:
        self.uc.reg_write(ux.UC_X86_REG_EFLAGS, value)

    def set_flag(self, flag: str, value: int) -> None:
        """Assign df, if or ac."""
        self.eflags = self.eflags & ~_FLAG_BITS[flag] | _FLAG_BITS[flag] * value

    def set_arithmetic(self, value: int) -> None:
        """The arithmetic flags become those of `value`."""
        self.eflags = self.eflags & ~ARITHMETIC | value & ARITHMETIC

    def registers(self) -> dict[str, z3.BitVecRef]:
        """All registers, as a path has them."""
        return {register: z3.BitVecVal(self.read(register), _width(register)) for register in (*GPRS, *XMMS)}

    def flags(self) -> dict[str, z3.BitVecRef]:
        """The flags that a path speaks of."""
        eflags = self.eflags
        return {flag: z3.BitVecVal(1 if eflags & _FLAG_BITS[flag] else 0, 1) for flag in FLAGS}

    def execute(self, address: int) -> int:
        """Execute one instruction; returns the address of the next.

        Raises:
            ReplayError: Unicorn can not.
        """
        try:
            self.uc.emu_start(address, 0, count=1)
        except unicorn.UcError as error:
            raise ReplayError(str(error)) from None
        return int(self.uc.reg_read(ux.UC_X86_REG_RIP)) & ADDRESS_MASK


def _width(register: str) -> int:
    return 128 if register in XMMS else 64
