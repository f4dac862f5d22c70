"""angr's VEX engine in proof mode: one block in, every possible continuation out, nothing skipped.

The engine evaluates VEX over claripy with angr's own operators and condition-code helpers. Branching, which angr leaves
to a solver that may drop states, is reduced to listing the exits; whatever angr would approximate or ignore (dirty
helpers, floating-point state) raises instead.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tdxprove import by_hand, symbols
from tdxprove.angr_api import Ast, HeavyVEXMixin, SimError, angr, claripy, new_state, symbol
from tdxprove.entry import EntryState
from tdxprove.image import Image
from tdxprove.instructions import UnsupportedInstructionError
from tdxprove.lift import ByHand
from tdxprove.memory import RegionMemory
from tdxprove.regions import Regions
from tdxprove.register_file import RegisterFile
from tdxprove.registers import GPRS, XMMS


@dataclass(frozen=True)
class Exit:
    """One way out of a block: the state there, the guard under which it is taken, the target and VEX's jump kind."""

    state: Any
    guard: Ast
    target: Ast
    jumpkind: str


class _StopBlockError(Exception):
    """The rest of the block can not be reached."""


class ProofEngine(HeavyVEXMixin):  # type: ignore[misc]
    """Runs single blocks on bare SimStates."""

    def __init__(self, project: Any) -> None:
        super().__init__(project)
        self._exits: list[Exit] = []
        self._guard: Ast = claripy.true()
        self._constants: dict[tuple[str, int], Ast] = {}
        self._computed: dict[tuple[Any, ...], tuple[Ast, Sequence[Ast]]] = {}
        """What operators gave for operands, which are kept: or their ids would be reused."""

    def run(self, state: Any, block: Any) -> list[Exit]:
        """Every continuation of `block` from `state`, which is consumed.

        Raises:
            UnsupportedInstructionError: the block needs something that angr does not model exactly.
            UnresolvedAddressError: see tdxprove.memory.
        """
        if isinstance(block, ByHand):
            return self._by_hand(state, block.instruction)
        self.state = state
        self._exits, self._guard = [], claripy.true()
        state.scratch.guard = claripy.true()
        state.scratch.set_tyenv(block.tyenv)
        state.scratch.irsb = block
        try:
            self.handle_vex_block(block)
        except _StopBlockError:
            pass
        except SimError as error:
            raise UnsupportedInstructionError(f"angr cannot execute it: {error}") from error
        return self._exits

    def _by_hand(self, state: Any, instruction: Any) -> list[Exit]:
        """An instruction that VEX does not do: on to the next one, or an exception that leaves all as it was."""
        before = state.copy() if by_hand.may_fault(instruction) else state
        target, completes = by_hand.execute(state, instruction)
        following = Exit(state, completes, target, "Ijk_Boring")
        faulting = Exit(before, claripy.Not(completes), target, "Ijk_SigFPE_IntDiv")
        return [following] if completes.is_true() else [faulting, following]

    def _handle_vex_const(self, const: Any) -> Ast:
        """Constants are kept: claripy forgets the ones that nothing uses, and offsets of registers are constants."""
        if not isinstance(const.value, int):
            return super()._handle_vex_const(const)
        key = (const.type, const.value)
        if key not in self._constants:
            self._constants[key] = super()._handle_vex_const(const)
        return self._constants[key]

    def _perform_vex_expr_Op(self, op: str, args: Sequence[Ast]) -> Ast:
        return self._once((op, *map(id, args)), args, super()._perform_vex_expr_Op, op, args)

    def _perform_vex_expr_CCall(self, func_name: str, ty: str, args: Sequence[Ast], func: Any = None) -> Ast:
        if not func_name.startswith("amd64g_calculate_"):  # others may look at the state
            return super()._perform_vex_expr_CCall(func_name, ty, args, func=func)
        key = (func_name, ty, *map(id, args))
        return self._once(key, args, super()._perform_vex_expr_CCall, func_name, ty, args, func=func)

    def _once(
        self, key: tuple[Any, ...], operands: Sequence[Ast], compute: Callable[..., Ast], *args: Any, **more: Any
    ) -> Ast:
        """Operators and the helpers for condition codes are functions: paths that parted compute much alike."""
        if key not in self._computed:
            self._computed[key] = compute(*args, **more), operands
        return self._computed[key][0]

    def _instrument_vex_expr(self, result: Ast) -> Ast:
        return result  # what options ask for that are not set here, which takes time to find out

    def _perform_vex_expr_RdTmp(self, tmp: int) -> Ast:
        return self.tmps[tmp]

    def _perform_vex_stmt_WrTmp(self, tmp: int, data: Ast, deps: Any = None) -> None:
        self.tmps[tmp] = data

    def _handle_vex_stmt_IMark(self, stmt: Any) -> None:
        self.state.scratch.ins_addr = stmt.addr + stmt.delta

    def _perform_vex_stmt_Exit(self, guard: Ast, target: Ast, jumpkind: str) -> None:
        taken = guard != 0
        if taken.is_false():
            return
        self._exits.append(Exit(self.state.copy(), claripy.And(self._guard, taken), target, jumpkind))
        if taken.is_true():
            raise _StopBlockError
        self._guard = claripy.And(self._guard, claripy.Not(taken))

    def _perform_vex_defaultexit(self, expr: Ast, jumpkind: str) -> None:
        self._exits.append(Exit(self.state, self._guard, expr, jumpkind))

    def _perform_vex_stmt_Dirty_call(self, func_name: str, ty: str, args: Any, func: Any = None) -> Any:
        raise UnsupportedInstructionError(f"needs the VEX helper {func_name}, which is not modelled")

    def _handle_vex_expr_GetI(self, expr: Any) -> Any:
        raise UnsupportedInstructionError("uses the x87 register stack, which is not modelled")

    def _handle_vex_stmt_PutI(self, stmt: Any) -> Any:
        raise UnsupportedInstructionError("uses the x87 register stack, which is not modelled")


@functools.cache
def _project() -> Any:
    """Made once: the engine needs its architecture only."""
    return angr.load_shellcode(b"\xc3", "AMD64")


def entry_state(image: Image, entry: EntryState) -> tuple[ProofEngine, Any]:
    """The engine and the SimState at a function's entry: every register and flag a symbol of its own.

    The direction flag is clear (psABI 3.2.1).
    """
    project = _project()
    state = new_state(project, {"memory": RegionMemory(Regions(image, entry)), "registers": RegisterFile()})
    for register in GPRS:
        held = entry.registers.get(register)
        value = symbol(symbols.entry(register), 64) if held is None else symbol(held.name, held.bits)
        if held is not None and held.bits < 64:
            value = claripy.Concat(symbol(symbols.entry(register) + ".high", 64 - held.bits), value)
        set_register(state, register, value)
    for xmm in XMMS:
        full = claripy.Concat(symbol(symbols.entry(xmm) + ".high", 128), symbol(symbols.entry(xmm), 128))
        state.registers.store(f"ymm{xmm[3:]}", full)
    for vex, bits in {"d": 1, "ac": 0, "id": 0, "cc_op": 0, "cc_dep2": 0, "cc_ndep": 0}.items():
        state.registers.store(vex, claripy.BVV(bits, 64))
    state.registers.store("ac", symbol(symbols.entry("ac"), 1).zero_extend(63))
    state.registers.store("cc_dep1", symbol(symbols.entry("arithmetic_flags"), 64))
    state.registers.store("gs", symbol(symbols.entry("gs_base"), 64))
    state.registers.store("fs", symbol(symbols.entry("fs_base"), 64))
    state.globals["if"] = symbol(symbols.entry("if"), 1)
    return ProofEngine(project), state


def get_register(state: Any, register: str) -> Ast:
    """A GPR (64 bits), the low half of a vector register (128), or a flag df, ac, if (1 bit)."""
    if register == "if":
        return state.globals["if"]
    if register == "df":
        return claripy.If(state.registers.load("d", 8) == 1, claripy.BVV(0, 1), claripy.BVV(1, 1))
    if register == "ac":
        return state.registers.load("ac", 8)[0:0]
    if register in XMMS:
        return state.registers.load(register, 16)
    return state.registers.load(register, 8)


def set_register(state: Any, register: str, value: Ast) -> None:
    """Assign a GPR, the low half of a vector register, or the flags ac and if."""
    if register == "if":
        state.globals["if"] = value
    elif register == "ac":
        state.registers.store("ac", value.zero_extend(63))
    else:
        state.registers.store(register, value)


def set_carry(state: Any, carry: int, others: Ast) -> None:
    """CF becomes `carry`, the other arithmetic flags what `others` (64 bits) says (VEX: cc_op 0 copies cc_dep1)."""
    state.registers.store("cc_op", claripy.BVV(0, 64))
    state.registers.store("cc_dep1", (others & ~1) | carry)
    state.registers.store("cc_dep2", claripy.BVV(0, 64))
    state.registers.store("cc_ndep", claripy.BVV(0, 64))


def forget_flags(state: Any, flags: Ast) -> None:
    """All arithmetic flags become what `flags` (64 bits) says, CF too."""
    set_carry(state, 0, flags)
    state.registers.store("cc_dep1", flags)


def all_registers(state: Any) -> Mapping[str, Ast]:
    """GPRs and the low halves of xmm0-15, as a TDX instruction sees them."""
    return {register: get_register(state, register) for register in (*GPRS, *XMMS)}
