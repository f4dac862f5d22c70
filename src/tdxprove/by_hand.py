"""Instructions that VEX lacks or does in a way that a proof can not use, written after the manual.

VEX spills a register below RSP to index its bits, takes tzcnt for what only newer processors do, and has the locked
compare and exchange as a statement of its own kind, and cuts quotients that do not fit. Each of these is one step here:
operands in, operands and flags out (Intel SDM volume 2, under the name of each).
"""

from __future__ import annotations

from typing import Any, Final

import capstone.x86_const as cx

from tdxprove.angr_api import Ast, claripy
from tdxprove.instructions import UnsupportedInstructionError
from tdxprove.registers import whole
from tdxprove.symbols import Origin

_CC_COPY: Final = 0
_CC_ADD: Final = {8: 1, 16: 2, 32: 3, 64: 4}
_CC_SUB: Final = {8: 5, 16: 6, 32: 7, 64: 8}
"""How VEX remembers flags: as those of an operation of a width (VEX/priv/guest_amd64_defs.h, AMD64G_CC_OP_*)."""

_DIVISIONS: Final = frozenset({"div", "idiv"})
_OF_ANY_SIZES: Final = frozenset({"sgdt", "sidt", "movdir64b"})
"""Instructions of these that do not have two operands of one size."""


def may_fault(instruction: Any) -> bool:
    """Can it raise an exception by the values that it is given?"""
    return instruction.mnemonic in _DIVISIONS


def execute(state: Any, instruction: Any) -> tuple[Ast, Ast]:
    """Do `instruction` (capstone's, with details) to `state`; the address of the next one, and when it is reached.

    Where it is not, the instruction raises an exception.

    Raises:
        UnsupportedInstructionError: an operand of a kind that is not modelled.
        UnresolvedAddressError: see tdxprove.memory.
    """
    name = instruction.mnemonic.rpartition(" ")[2]
    operands = [_Operand(state, instruction, operand) for operand in instruction.operands]
    if name not in _OF_ANY_SIZES and len({operand.bits for operand in operands}) > 1:  # by prefixes that do not belong
        raise UnsupportedInstructionError(f"instruction '{_text(instruction)}' has operands of two sizes")
    completes = claripy.true()
    if name in _DIVISIONS:
        completes = _divide(state, name, *operands)
    elif name.startswith("bt"):
        _test_bit(state, name, *operands)
    elif name == "tzcnt":
        _count_trailing_zeros(state, *operands)
    elif name == "bzhi":
        _zero_high_bits(state, *operands)
    elif name in {"bsf", "bsr"}:
        _scan(state, name, *operands)
    elif name in {"sgdt", "sidt"}:
        _store_descriptor(state, name, *operands)
    elif name == "movdir64b":
        _move_line(state, instruction, operands)
    elif name == "cmpxchg":
        _compare_and_exchange(state, *operands)
    else:
        _exchange_and_add(state, *operands)
    return claripy.BVV(instruction.address + instruction.size, 64), completes


class _Operand:
    """A register or a place in memory."""

    def __init__(self, state: Any, instruction: Any, operand: Any) -> None:
        self._state = state
        self.bits = 8 * operand.size
        self.register = whole(instruction.reg_name(operand.reg)) if operand.type == cx.X86_OP_REG else None
        self.address: Ast = None
        if operand.type == cx.X86_OP_MEM:
            self.address = _effective_address(state, instruction, operand.mem)
        if self.register is None and self.address is None:  # ah, bh, ch, dh
            raise UnsupportedInstructionError(f"instruction '{_text(instruction)}' is not modelled")

    def load(self) -> Ast:
        """What it holds."""
        if self.register is not None:
            return _low(self._state, self.register, self.bits)
        return self._state.memory.load(self.address, self.bits // 8)

    def store(self, value: Ast) -> None:
        """Change it."""
        if self.register is None:
            self._state.memory.store(self.address, value)
        else:
            _set_low(self._state, self.register, value)


def _text(instruction: Any) -> str:
    return f"{instruction.mnemonic} {instruction.op_str}"


def _low(state: Any, register: str, bits: int) -> Ast:
    return state.registers.load(register)[bits - 1 : 0]


def _set_low(state: Any, register: str, value: Ast) -> None:
    """32 bits clear the upper half, fewer leave the rest (Intel SDM volume 1, section 3.4.1.1)."""
    if value.size() == 32:
        value = value.zero_extend(32)
    elif value.size() < 32:
        value = claripy.Concat(state.registers.load(register)[63 : value.size()], value)
    state.registers.store(register, value)


def _effective_address(state: Any, instruction: Any, place: Any) -> Ast:
    if instruction.addr_size != 8:
        raise UnsupportedInstructionError(f"instruction '{_text(instruction)}' is not modelled: a 32-bit address")
    address = claripy.BVV(place.disp % (1 << 64), 64)
    if place.base == cx.X86_REG_RIP:
        address += instruction.address + instruction.size
    elif place.base:
        address = state.registers.load(instruction.reg_name(place.base)) + address
    if place.index and place.index != cx.X86_REG_RIZ:
        address += state.registers.load(instruction.reg_name(place.index)) * place.scale
    if place.segment in {cx.X86_REG_FS, cx.X86_REG_GS}:
        address += state.registers.load(instruction.reg_name(place.segment))
    return address


# -- the instructions --------------------------------------------------------------------------------------------------


def _divide(state: Any, name: str, divisor: _Operand) -> Ast:
    """RDX and RAX, or AX, by the operand; returns when the quotient fits, else there is a #DE.

    Where the upper half only extends the lower one, as compilers have it, half the width will do.
    """
    bits, by, signed = divisor.bits, divisor.load(), name == "idiv"
    if by.op == "BVV" and by.args[0] == 0:
        return claripy.false()
    low = _low(state, "rax", bits)
    high = state.registers.load("rax")[15:8] if bits == 8 else _low(state, "rdx", bits)
    if high.hash() == (low >> (bits - 1) if signed else claripy.BVV(0, bits)).hash():
        dividend, wide_by = low, by
        lowest, minus_one = claripy.BVV(1 << (bits - 1), bits), claripy.BVV(-1, bits)
        fits = claripy.Or(low != lowest, by != minus_one) if signed else claripy.true()
    else:
        dividend, wide_by = claripy.Concat(high, low), by.sign_extend(bits) if signed else by.zero_extend(bits)
        fits = claripy.true()
    quotient = dividend.SDiv(wide_by) if signed else dividend // wide_by
    if dividend.size() > bits:
        short = quotient[bits - 1 : 0]
        fits = short.sign_extend(bits) == quotient if signed else claripy.UGT(by, high)
    quotient, remainder = quotient[bits - 1 : 0], (dividend - quotient * wide_by)[bits - 1 : 0]
    if bits == 8:
        _set_low(state, "rax", claripy.Concat(remainder, quotient))
    else:
        _set_low(state, "rax", quotient)
        _set_low(state, "rdx", remainder)
    return claripy.And(by != 0, fits)


def _test_bit(state: Any, name: str, base: _Operand, index: _Operand) -> None:
    """Bit strings: in memory, an index beyond the operand's size means another place (table 3-2 of the manual)."""
    bits, number = base.bits, index.load()
    if base.address is not None:
        units = (number if bits == 64 else number.sign_extend(64 - bits)) >> {16: 4, 32: 5, 64: 6}[bits]
        base.address = base.address + units * (bits // 8)
    number = number & (bits - 1)
    old = base.load()
    carry = claripy.LShR(old, number)[0:0]
    one = claripy.BVV(1, bits) << number
    changed = {"bts": old | one, "btr": old & ~one, "btc": old ^ one}.get(name)
    if changed is not None:
        base.store(changed)
    _set_flags(state, _CC_COPY, carry.zero_extend(63))  # of the others nobody knows: tdxprove.vex


def _count_trailing_zeros(state: Any, target: _Operand, source: _Operand) -> None:
    """Without BMI1 a processor runs bsf, which leaves the target undefined if there is no bit: so it is here."""
    value = source.load()
    empty = claripy.If(value == 0, claripy.BVV(1, 1), claripy.BVV(0, 1))
    never = state.memory.possible(empty) == [0]
    count = claripy.BVV(0, value.size()) if never else state.memory.unknown(value.size())
    for bit in reversed(range(value.size())):
        count = claripy.If(value[bit:bit] == 1, claripy.BVV(bit, value.size()), count)
    target.store(count)


def _scan(state: Any, name: str, target: _Operand, source: _Operand) -> None:
    """The lowest or the highest bit that is set; without one, the target stays.

    Of 32 bits, older processors clear the upper half of its register then, newer ones leave it (Intel SDM volume 2,
    BSF).
    """
    value, found = source.load(), target.load()
    empty = value == 0
    never = state.memory.possible(claripy.If(empty, claripy.BVV(1, 1), claripy.BVV(0, 1))) == [0]
    for bit in range(value.size()) if name == "bsr" else reversed(range(value.size())):
        found = claripy.If(value[bit:bit] == 1, claripy.BVV(bit, value.size()), found)
    target.store(found)
    if target.bits == 32 and target.register is not None and not never:
        _forget_upper(state, target.register, empty)
    zero = claripy.If(empty, claripy.BVV(1 << 6, 64), claripy.BVV(0, 64))
    _set_flags(state, _CC_COPY, zero)  # of the others nobody knows: tdxprove.flags


def _zero_high_bits(state: Any, target: _Operand, source: _Operand, index: _Operand) -> None:
    """As many low bits of the source as the low 8 bits of the index say, or all if that is more than there are."""
    bits, value = source.bits, source.load()
    number = index.load()[7:0].zero_extend(bits - 8)
    few = claripy.ULT(number, bits)
    result = claripy.If(few, value & ((claripy.BVV(1, bits) << number) - 1), value)
    target.store(result)
    carry, zero = (claripy.If(bit, claripy.BVV(1, 1), claripy.BVV(0, 1)) for bit in (claripy.Not(few), result == 0))
    flags = claripy.Concat(result[bits - 1 : bits - 1], zero, claripy.BVV(0, 5), carry)
    _set_flags(state, _CC_COPY, flags.zero_extend(56))


def _store_descriptor(state: Any, name: str, place: _Operand) -> None:
    """Limit and address of a descriptor table, 10 bytes: what the system set up at its start."""
    state.memory.store(place.address, state.memory.unknown(80, f"{Origin.OUTSIDE.value}.{name}"))


def _move_line(state: Any, instruction: Any, operands: list[_Operand]) -> None:
    """64 bytes from memory to where a register points, which is its first operand."""
    if instruction.addr_size != 8:
        raise UnsupportedInstructionError(f"instruction '{_text(instruction)}' is not modelled: a 32-bit address")
    target, source = operands[0].load(), operands[1]
    words = [state.memory.load(source.address + at, 8) for at in range(0, 64, 8)]
    for number, word in enumerate(words):
        state.memory.store(target + 8 * number, word)


def _compare_and_exchange(state: Any, place: _Operand, new: _Operand) -> None:
    """Of 32 bits, nobody knows the upper half of a register that need not be written: emulators differ."""
    expected, old, replacement = _low(state, "rax", place.bits), place.load(), new.load()
    equal = expected == old
    _set_low(state, "rax", old)  # if they are equal, it is what is there
    if place.bits == 32:
        _forget_upper(state, "rax", equal)
    place.store(claripy.If(equal, replacement, old))  # last: it may be rax itself
    if place.bits == 32 and place.register is not None:
        _forget_upper(state, place.register, claripy.Not(equal))
    _set_flags(state, _CC_SUB[place.bits], _widened(expected), _widened(old))


def _forget_upper(state: Any, register: str, guard: Ast) -> None:
    value = state.registers.load(register)
    upper = claripy.If(guard, state.memory.unknown(32), value[63:32])
    state.registers.store(register, claripy.Concat(upper, value[31:0]))


def _exchange_and_add(state: Any, place: _Operand, addend: _Operand) -> None:
    old, other = place.load(), addend.load()
    addend.store(old)
    place.store(old + other)  # last, since both may be the same register
    _set_flags(state, _CC_ADD[place.bits], _widened(old), _widened(other))


def _widened(value: Ast) -> Ast:
    return value.zero_extend(64 - value.size())


def _set_flags(state: Any, operation: int, first: Ast, second: Ast | None = None) -> None:
    state.registers.store("cc_op", claripy.BVV(operation, 64))
    state.registers.store("cc_dep1", first)
    state.registers.store("cc_dep2", claripy.BVV(0, 64) if second is None else second)
    state.registers.store("cc_ndep", claripy.BVV(0, 64))
