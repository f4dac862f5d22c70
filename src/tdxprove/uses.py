"""What code does with a place in writable data: reads it, stores a constant there, or takes its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import capstone.x86_const as cx

from tdxprove.image import Image
from tdxprove.references import Reference, instructions
from tdxprove.registers import size_of, whole
from tdxprove.symbols import WORD

_BACK: Final = 8
"""Instructions before a store in which the constant is loaded that it stores."""

_ADDRESSES: Final = 1 << 64
_READING: Final = frozenset("cmp test push call jmp".split())
_LOADING: Final = frozenset("mov movzx movsx movsxd add sub and or xor imul".split())
"""Instructions that read their operand in memory, whichever it is, or any but the first."""

_MOVES: Final = frozenset({"mov", "movabs"})
_PRESERVED: Final = frozenset("rbx rbp r12 r13 r14 r15".split())
"""Registers that a call keeps, by every convention."""

_CONDITIONAL: Final = ("j", "loop")


class UnclearError(Exception):
    """Nobody knows what a place may hold; the message says why."""


class Use:
    """One instruction that speaks of the variable at `place`, or of a place in the object that it is a part of."""

    def __init__(self, image: Image, found: Reference, place: int) -> None:
        self._found, self._place = found, place
        self._code = instructions(image, found.start, found.end)
        self._indices = {one.address: index for index, one in enumerate(self._code)}
        self._where = image.locate(found.at)

    def stores(self) -> frozenset[int]:
        """What it stores there: at most one value.

        Raises:
            UnclearError: nobody knows what it stores, or who gets the address.
        """
        at = self._indices[self._found.at]
        one = self._code[at]
        operand = next((o for o in one.operands if self._accesses(one, o)), None)
        if operand is None:
            self._check_kept(at, self._taking(one))
            return frozenset()
        if self._found.place + operand.size <= self._place or _reads(one, operand):
            return frozenset()
        if one.mnemonic != "mov" or operand.size != WORD or self._found.place != self._place:
            raise UnclearError(f"'{_text(one)}' at {self._where} changes it, not by a constant")
        return frozenset({self._constant(at, one.operands[1])})

    def _accesses(self, one: Any, operand: Any) -> bool:
        """Is an operand what is in memory at the place that is spoken of?"""
        if operand.type != cx.X86_OP_MEM or operand.mem.index or operand.mem.segment or one.mnemonic == "lea":
            return False
        if operand.mem.base == cx.X86_REG_RIP:
            return bool((one.address + one.size + operand.mem.disp) % _ADDRESSES == self._found.place)
        return not operand.mem.base and bool(operand.mem.disp % _ADDRESSES == self._found.place)

    # -- what is stored ----------------------------------------------------------------------------------------------

    def _constant(self, at: int, source: Any) -> int:
        """The value of the second operand of a store."""
        if source.type == cx.X86_OP_IMM:
            return int(source.imm) % _ADDRESSES
        register = self._code[at].reg_name(source.reg)
        for index in range(at - 1, max(at - _BACK, 0) - 1, -1):
            one = self._code[index]
            if _leaves(one):
                break
            if register in _written(one):
                value = _loaded(one, register)
                if value is None or self._enters(one.address, self._code[at].address):
                    break
                return value
        raise UnclearError(f"'{_text(self._code[at])}' at {self._where} assigns what is not known")

    def _enters(self, after: int, last: int) -> bool:
        """May a jump lead behind the instruction at `after`, and up to `last`?"""
        for one in self._code:
            target = _target(one)
            if target is None and one.mnemonic.endswith("jmp") and not _is_through_data(one):
                return True
            if target is not None and after < target <= last:
                return True
        return False

    # -- who gets the address ----------------------------------------------------------------------------------------

    def _taking(self, one: Any) -> str:
        """The register that an address is loaded to."""
        if len(one.operands) == 2 and one.operands[0].type == cx.X86_OP_REG and one.operands[0].size == WORD:
            source = one.operands[1]
            plain = source.type == cx.X86_OP_MEM and source.mem.base == cx.X86_REG_RIP and not source.mem.index
            if (one.mnemonic == "lea" and plain) or (one.mnemonic in _MOVES and source.type == cx.X86_OP_IMM):
                return str(one.reg_name(one.operands[0].reg))
        raise UnclearError(f"'{_text(one)}' at {self._where} may take its address")

    def _check_kept(self, at: int, register: str) -> None:
        """Check that a register with the address only serves to read there, until it holds something else."""
        pending, seen = [at + 1], set[int]()
        while pending:
            index = pending.pop()
            if index in seen:
                continue
            seen.add(index)
            if index >= len(self._code) or not self._code[index].id:
                raise UnclearError(f"its address is taken at {self._where}, and lost sight of")
            one = self._code[index]
            if not _keeps(one, register):
                raise UnclearError(f"its address is taken at {self._where}, and given away by '{_text(one)}'")
            if register in _written(one):
                continue
            target = _target(one)
            if target is not None and not one.mnemonic.endswith("call"):
                pending.append(self._indices.get(target, len(self._code)))
            if not one.mnemonic.endswith("jmp"):
                pending.append(index + 1)


def _text(one: Any) -> str:
    return f"{one.mnemonic} {one.op_str}".rstrip()


def _leaves(one: Any) -> bool:
    """Does it change where execution goes on, or is it none that is known?"""
    name = one.mnemonic.rpartition(" ")[2]
    return not one.id or name.startswith((*_CONDITIONAL, "ret", "call", "iret", "sys", "int", "ud"))


def _written(one: Any) -> set[str]:
    """Registers that it writes, whole or in part, by the name of the whole."""
    return set(_wholes(one, one.regs_access()[1]))


def _wholes(one: Any, registers: Any) -> Iterator[str]:
    yield from (full for full in (whole(one.reg_name(register)) for register in registers) if full is not None)


def _loaded(one: Any, register: str) -> int | None:
    """The constant that a register is loaded with; None if it is none."""
    if len(one.operands) != 2 or one.operands[0].type != cx.X86_OP_REG or one.reg_name(one.operands[0].reg) != register:
        return None  # of 32 bits, too: those are no addresses where code is loaded elsewhere
    source = one.operands[1]
    if one.mnemonic in _MOVES and source.type == cx.X86_OP_IMM:
        return int(source.imm) % _ADDRESSES
    if one.mnemonic == "lea" and source.mem.base == cx.X86_REG_RIP and not source.mem.index:
        return int(one.address + one.size + source.mem.disp) % _ADDRESSES
    return None


def _target(one: Any) -> int | None:
    name = one.mnemonic.rpartition(" ")[2]
    if not name.startswith((*_CONDITIONAL, "call")) or not one.operands or one.operands[0].type != cx.X86_OP_IMM:
        return None
    return int(one.operands[0].imm) % _ADDRESSES


def _is_through_data(one: Any) -> bool:
    """Does a jump go through a variable, and by no table?"""
    place = one.operands[0]
    return bool(place.type == cx.X86_OP_MEM and place.mem.base == cx.X86_REG_RIP and not place.mem.index)


def _reads(one: Any, operand: Any) -> bool:
    """Does it only read this operand, which is in memory?"""
    name = one.mnemonic.rpartition(" ")[2]
    if name != one.mnemonic and not one.mnemonic.startswith(("notrack", "bnd")):
        return False
    behind = any(o.type == cx.X86_OP_MEM for o in one.operands[1:]) and operand.type == cx.X86_OP_MEM
    return name in _READING or ((name in _LOADING or name.startswith("cmov")) and behind)


def _keeps(one: Any, register: str) -> bool:
    """Does nobody else know an address behind an instruction that is in this register?"""
    name = one.mnemonic.rpartition(" ")[2]
    if name.startswith(("ret", "iret", "sys", "int", "xbegin")):
        return False
    if name == "call" and register not in _PRESERVED:
        return False
    if name == "jmp" and _target(one) is None:
        return False
    if register in _wholes(one, one.regs_access()[0]):
        behind = [o for o in one.operands if o.type == cx.X86_OP_MEM and o.mem.base and _is(one, o.mem.base, register)]
        if len(behind) != 1 or behind[0].mem.index or behind[0].mem.segment or not _reads(one, behind[0]):
            return False
        if any(o.type == cx.X86_OP_REG and _is(one, o.reg, register) for o in one.operands[_sources(name) :]):
            return False
    written = [r for r in one.regs_access()[1] if _is(one, r, register)]
    return all(size_of(one.reg_name(r)) >= 32 for r in written)


def _is(one: Any, part: int, register: str) -> bool:
    return bool(whole(one.reg_name(part)) == register)


def _sources(name: str) -> int:
    """The first operand that is read as it is: a move only writes its first one."""
    return 1 if name.startswith("mov") else 0
