"""The mask of a TDG.VP.VMCALL: what it exposes, who chose it, and the obligations mask/*."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import z3

from tdxprove import symbols
from tdxprove.catalogue import load_catalogue
from tdxprove.claims import Context, Generated, claim_at_call
from tdxprove.path import Call, Path
from tdxprove.registers import GPRS, XMMS, mask_bit, registers_of
from tdxprove.tdx import VMCALL, reserved_mask
from tdxprove.terms import symbols_of, whole_symbol

_NAMES_A_REGISTER = 0xFFFF_FFFF
_GENERAL = 0xFFFF

_VECTORS_ASSUMPTION: Final = (
    "a mask of exposed registers that the caller chooses leaves out the vector registers that the convention preserves"
)
_REGISTERS_ASSUMPTION: Final = (
    "a mask of exposed registers that the caller chooses together with the leaf leaves out those that the function "
    "passes on as they are"
)


def mask(context: Context) -> Generated:
    """RCX of a TDG.VP.VMCALL: reserved bits zero, nothing outside the permitted set, all that is required."""
    spec = context.contract.call
    if spec is not None and not spec.vmcall:
        return
    yield "mask/reserved", None
    wanted = [("mask/reserved", reserved_mask(context.no_rbp_mod), "has a reserved bit set")]
    if spec is not None:
        yield "mask/permitted", None
        yield "mask/required", None
        outside = _NAMES_A_REGISTER & ~spec.permitted
        wanted.append(("mask/permitted", outside, "exposes a register outside the permitted set"))
    for call, path in context.calls():
        if call.instruction != "tdcall":
            continue
        is_vmcall, rcx = call.before["rax"] == VMCALL, call.before["rcx"]
        shows = (("rcx at the call", rcx),)
        own = ~chosen_by_caller(context, call)
        for identifier, wrong, problem in wanted:
            bits = wrong & own
            formula = z3.Implies(is_vmcall, rcx & bits == 0)
            message = f"the mask in rcx {problem}: {_bits_text(rcx, bits)}"
            yield identifier, claim_at_call(call, path, formula, message, shows)
        if spec is not None:
            formula = z3.Implies(is_vmcall, rcx & spec.required == spec.required)
            missing = _bits_text(~rcx, spec.required)
            message = f"the mask in rcx leaves out a register that the call takes or returns: {missing}"
            yield "mask/required", claim_at_call(call, path, formula, message, shows)


def chosen_by_caller(context: Context, call: Call) -> int:
    """Which bits of the mask a function without a contract takes from its caller as they are, who answers for them.

    Then only what the function itself put into a register can be wrong: the report says that the caller decides. A bit
    is the caller's if it is the same bit of an argument, or of a field of what one points to; where anything is
    computed from those, it is the function's own, and so are the bits that it adds. Who chooses no general-purpose
    register chooses no mask: what is above the low half of CX is what nobody cleared.
    """
    if context.contract.call is not None or call.instruction != "tdcall":
        return 0
    rcx = call.before["rcx"]
    given = {name for name in symbols_of(rcx) if _given(context, name)}
    taken: dict[str, dict[int, int]] = {name: {} for name in given}
    for bit in range(rcx.size()) if given else ():
        source = _single_bit(z3.simplify(z3.Extract(bit, bit, rcx)))
        if source is not None and source[0] in given:
            shifts = taken[source[0]]
            shifts[source[1] - bit] = shifts.get(source[1] - bit, 0) | 1 << bit
    arguments = {symbols.argument(a.name) for a in context.contract.arguments}
    chosen = 0
    for name, shifts in taken.items():
        # A field may lie at any byte of the words that memory is named in, but it is one field.
        fields = {0: shifts.get(0, 0)} if name in arguments else {s: b for s, b in shifts.items() if s % 8 == 0}
        chosen |= max(fields.values(), key=int.bit_count, default=0)
    return chosen if chosen & _GENERAL else 0


def _leaf_of_caller(context: Context, call: Call) -> bool:
    """Is the leaf, with or without a mask, what a function without a contract is given?"""
    name = whole_symbol(call.before["rax"])
    return name is not None and _given(context, name)


def untouched(call: Call, register: str) -> bool:
    """Does a register hold at the call what it held at entry?"""
    value = call.before[register]
    return z3.is_const(value) and symbols_of(value) == {symbols.entry(register)}


def _single_bit(term: z3.BitVecRef) -> tuple[str, int] | None:
    """The symbol and the bit of it that a term is; None if it is anything else."""
    if term.decl().kind() != z3.Z3_OP_EXTRACT or term.arg(0).decl().kind() != z3.Z3_OP_UNINTERPRETED:
        return None
    return term.arg(0).decl().name(), term.params()[1]


def _given(context: Context, name: str) -> bool:
    """Is a symbol an argument, or what one points to?"""
    arguments = context.contract.arguments
    regions = tuple(f"{a.name}[" for a in arguments if a.pointee is not None)
    return name.startswith(regions) or name in {symbols.argument(a.name) for a in arguments}


def _bits_text(value: z3.BitVecRef, bits: int) -> str:
    """Names of the bits of `value` that lie in `bits`; of all of `bits` where the value is not a constant."""
    value = z3.simplify(value)
    found = value.as_long() & bits if z3.is_bv_value(value) else bits
    names = list(registers_of(found))
    if found >> 32:
        names.append("bits 63:32")
    prefix = "" if z3.is_bv_value(value) else "one of "
    return prefix + ", ".join(names)


def exposed(call: Call, register: str) -> z3.BoolRef:
    """Does the VMM see this register? Of a TDG.VP.VMCALL: what RCX selects, and RCX itself."""
    if register not in call.exposed:
        shown = call.before["rax"] == VMCALL
        if register != "rcx":
            bit = mask_bit(register)
            shown = z3.And(shown, z3.Extract(bit, bit, call.before["rcx"]) == 1)
        call.exposed[register] = z3.simplify(shown)
    return call.exposed[register]


def left_out_by_caller(context: Context) -> dict[int, tuple[str, ...]]:
    """Registers that the caller's part of a mask is taken to leave out, by call.

    Vector registers that the convention preserves; and where the caller chooses the leaf, too, those in which the
    function passes on what they held at entry, if it gives back none of those that the call may change: one that gives
    back some means to be called with any mask.
    """
    preserved = set(context.contract.preserves) - {"rsp"}
    gives_back = any(_gives_back(path, preserved.intersection(GPRS)) for path in context.returned())
    found = {}
    for call, _ in context.calls() if context.contract.call is None else ():
        chosen = set(registers_of(chosen_by_caller(context, call)))
        left = chosen & preserved & set(XMMS)
        if _leaf_of_caller(context, call) and not gives_back:
            unchanged = chosen.intersection(GPRS) - _answered(context)
            left |= {register for register in unchanged if _passed_on(context, call, register)}
        found[id(call.before)] = tuple(r for r in sorted(left) if not z3.is_false(exposed(call, r)))
    return found


def _answered(context: Context) -> frozenset[str]:
    """Registers in which the module answers leaves that change nothing which the convention preserves."""
    leaves = [leaf for leaf in load_catalogue("tdcall").leaves.values() if leaf.number != VMCALL]
    kept = frozenset(context.contract.preserves)
    return frozenset().union(*(leaf.modified for leaf in leaves if not leaf.modified & kept))


def _gives_back(path: Path, preserved: set[str]) -> bool:
    """Does one of these registers hold at return what it held before the last call, and not what that left?"""
    last = path.calls[-1] if path.calls else None
    return last is not None and any(
        untouched(last, r) and path.registers[r].eq(last.before[r]) and not last.after[r].eq(last.before[r])
        for r in preserved
    )


def _passed_on(context: Context, call: Call, register: str) -> bool:
    """Does a register hold at the call what it held at entry, an argument or not?"""
    held = context.contract.entry_state().registers.get(register)
    return untouched(call, register) or (held is not None and whole_symbol(call.before[register]) == held.name)


def not_selected(
    left_out: dict[int, tuple[str, ...]], path: Path, conditions: Sequence[z3.BoolRef]
) -> Iterator[z3.BoolRef]:
    """That the calls which a path has made under these conditions select no register that the caller leaves out."""
    for call in path.calls:
        for register in () if len(call.condition) > len(conditions) else left_out.get(id(call.before), ()):
            yield z3.Not(exposed(call, register))


def assumed_of_masks(context: Context) -> frozenset[str]:
    """What `preserves` and `memory` take for granted of masks that the caller chooses, if there are any."""
    left_out = left_out_by_caller(context)
    registers = {r for path in context.paths for call in path.calls for r in left_out.get(id(call.before), ())}
    found = {_VECTORS_ASSUMPTION} if registers & set(XMMS) else set()
    return frozenset(found | ({_REGISTERS_ASSUMPTION} if registers - set(XMMS) else set()))
