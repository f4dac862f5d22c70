"""Obligations about the moment of a TDX call: leaf, mask/*, passes/*, confines/*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import z3

from tdxprove import symbols
from tdxprove.claims import (
    Claim,
    Context,
    Generated,
    carried,
    claim_at_call,
    declared_leaf,
    numerals_of,
    primed,
)
from tdxprove.evaluate import condition, evaluate
from tdxprove.path import Call, EndKind, Outcome, Path
from tdxprove.registers import EXPOSABLE, mask_bit, registers_of
from tdxprove.symbols import Origin
from tdxprove.tdx import VMCALL, reserved_mask
from tdxprove.terms import symbols_of

_NAMES_A_REGISTER = 0xFFFF_FFFF


def leaf(context: Context) -> Generated:
    """RAX holds a declared leaf and version, and there are no more calls than declared."""
    spec = context.contract.call
    if spec is None:
        return
    yield "leaf", None
    for call, path in context.calls():
        rax = call.before["rax"]
        shows = (("rax at the call", rax),)
        if call.instruction != spec.instruction:
            message = f"{call.instruction} where the contract declares {spec.instruction}"
            yield "leaf", claim_at_call(call, path, z3.BoolVal(False), message)
        elif call.ordinal and spec.repeat is None:
            message = f"call number {call.ordinal + 1} on one path, the contract declares one"
            yield "leaf", claim_at_call(call, path, z3.BoolVal(False), message)
        elif spec.leaf is not None:
            wanted = evaluate(spec.leaf, context.scope())
            message = f"rax does not hold {spec.leaf.text}, the declared leaf"
            formula = z3.And(rax == wanted, declared_leaf(spec, rax))
            yield "leaf", claim_at_call(call, path, formula, message, shows)
        else:
            names = ", ".join(f"{leaf.name} ({leaf.number:#x})" for leaf in spec.leaves)
            message = f"rax does not hold the leaf {names}"
            yield "leaf", claim_at_call(call, path, declared_leaf(spec, rax), message, shows)
        yield from _repeated(context, call, path)


def _repeated(context: Context, call: Call, path: Path) -> Generated:
    """A further call is made only after such an answer as the contract names."""
    spec = context.contract.call
    again = None if spec is None or spec.repeat is None else spec.repeat.condition
    before = _before(call, path)
    if again is None or before is None:
        return
    message = f"repeats the call though not {again.text}"
    shows = tuple((f"{register} after the call before", before.after[register]) for register in ("rax", "r10", "r11"))
    yield "leaf", claim_at_call(call, path, condition(again, context.scope(before)), message, shows)


def _before(call: Call, path: Path) -> Call | None:
    """The call that this one repeats."""
    return path.calls[call.ordinal - 1] if call.ordinal else None


def _declared(context: Context, register: str, call: Call, path: Path) -> tuple[str, z3.BitVecRef] | None:
    """What the contract says that a register holds at this call: as text, and as a value."""
    spec, before = context.contract.call, _before(call, path)
    if spec is None:
        return None
    if before is not None and spec.repeat is not None and register in spec.repeat.inputs:
        again = spec.repeat.inputs[register]
        return again.text, evaluate(again, context.scope(before))
    first = spec.inputs.get(register)
    return None if first is None else (first.text, evaluate(first, context.scope()))


def masks(context: Context) -> Generated:
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
    computed from those, it is the function's own, and so are the bits that it adds.
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
    return chosen


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


def passes(context: Context) -> Generated:
    """Each declared input sits in its register with its declared value."""
    spec = context.contract.call
    if spec is None:
        return
    for register in spec.inputs:
        width = spec.width_of(register)
        yield f"passes/{register}", None
        for call, path in context.calls():
            declared = _declared(context, register, call, path)
            if declared is None:
                continue
            text, wanted = declared
            value = call.before[register]
            formula = z3.Extract(width - 1, 0, value) == z3.Extract(width - 1, 0, wanted)
            message = f"{register} does not hold {text} at {'a further' if call.ordinal else 'the'} call"
            shows = ((f"{register} at the call", value), (f"declared: {text}", wanted))
            yield f"passes/{register}", claim_at_call(call, path, formula, message, shows)


_SECRET = frozenset({Origin.NOBODY, Origin.CALLER})


def _public_names(context: Context, call: Call, path: Path) -> Callable[[str], bool]:
    """Which symbols a register may depend on at a call: those that the declared inputs are computed from.

    Without a contract: what the caller hands over, whether interrupts are enabled (an idle CPU's halt says so), the
    kernel's data and what it computed before. What stays secret is
    what no wrapper means to send: registers that are no arguments, the stack, addresses, the stack protector's canary.
    """
    contract = context.contract
    if contract.call is None:
        arguments = {symbols.argument(a.name) for a in contract.arguments}
        pointers = [a.name for a in contract.arguments if a.pointee is not None]
        # With "#" what is there after a call outside the image, which may have changed it.
        regions = tuple(name + mark for name in pointers for mark in "[#")

        def given(name: str) -> bool:
            if name in arguments or name.startswith(regions) or name == symbols.INTERRUPT_FLAG:
                return True
            return symbols.origin_of(name) not in _SECRET and not symbols.is_canary(name)

        return given
    names: set[str] = set()
    inputs = [*contract.call.inputs.values(), *([contract.call.leaf] if contract.call.leaf is not None else [])]
    for expression in inputs:
        names |= symbols_of(evaluate(expression, context.scope()))
    for register in contract.call.inputs if call.ordinal else ():
        declared = _declared(context, register, call, path)
        names |= set() if declared is None else symbols_of(declared[1])
    return lambda name: name in names or symbols.origin_of(name) is Origin.SYSTEM


def confines(context: Context) -> Generated:
    """Two runs that agree on the declared inputs show the VMM the same: any two calls of the same ordinal."""
    spec = context.contract.call
    if spec is not None and not spec.vmcall:
        return
    calls = [(call, path) for call, path in context.calls() if call.instruction == "tdcall"]
    public = {id(call): _public_names(context, call, path) for call, path in calls}
    chosen = {id(call): chosen_by_caller(context, call) for call, _ in calls}
    left = {id(call): {r for r in registers_of(chosen[id(call)]) if _untouched(call, r)} for call, _ in calls}
    permitted = registers_of(spec.permitted) if spec is not None else ()
    for register in ("rcx", *EXPOSABLE):
        if register not in ("rcx", *permitted) and all(z3.is_false(exposed(c, register)) for c, _ in calls):
            continue
        yield f"confines/{register}", None
        for position, (call, path) in enumerate(calls):
            for other, second in calls[position:]:
                if register in left[id(call)] & left[id(other)]:
                    continue
                # Without a contract the module's answers are public, and so is how the calls before this one ended.
                alike = spec is not None or _outcomes(path, call) == _outcomes(second, other)
                if (other.ordinal, other.rounds) == (call.ordinal, call.rounds) and alike:
                    names = public[id(call)]
                    claim = _same_for_both(context, register, call, path, other, second, names)
                    yield f"confines/{register}", _of_legal_mask(context, call, chosen[id(call)], claim)
    for position, (call, path) in enumerate(calls if spec is None else ()):
        yield from _seen_in_both(call, path, calls[position:], public[id(call)])
    for call, path in calls:
        yield from _made_for_both(context, call, path, public[id(call)])


def _of_legal_mask(context: Context, call: Call, chosen: int, claim: Claim) -> Claim:
    """Where the caller answers for the mask, one that the module refuses shows nothing (tdg_vp_vmcall.c)."""
    refused = chosen & reserved_mask(context.no_rbp_mod)
    if not refused:
        return claim
    return replace(claim, conditions=(*claim.conditions, call.before["rcx"] & refused == 0))


def _untouched(call: Call, register: str) -> bool:
    """Does a register hold at the call what it held at entry?"""
    value = call.before[register]
    return z3.is_const(value) and symbols_of(value) == {symbols.entry(register)}


def _outcomes(path: Path, call: Call) -> list[Outcome]:
    """How the calls before this one ended."""
    return [earlier.outcome for earlier in path.calls[: call.ordinal]]


def exposed(call: Call, register: str) -> z3.BoolRef:
    """Does the VMM see this register? Of a TDG.VP.VMCALL: what RCX selects, and RCX itself."""
    if register not in call.exposed:
        shown = call.before["rax"] == VMCALL
        if register != "rcx":
            bit = mask_bit(register)
            shown = z3.And(shown, z3.Extract(bit, bit, call.before["rcx"]) == 1)
        call.exposed[register] = z3.simplify(shown)
    return call.exposed[register]


def _to_both(public: Callable[[str], bool]) -> Callable[[str], bool]:
    """Which symbols may decide whether the VMM is called: declared inputs, and what came back from the calls before."""
    return lambda name: public(name) or symbols.origin_of(name) in {Origin.VMM, Origin.MODULE, Origin.SYSTEM}


def _reaches_vmm(ordinal: int) -> Callable[[Path], z3.BitVecRef]:
    """What to observe of a run: is its call of this number made, and a TDG.VP.VMCALL?"""

    def observe(run: Path) -> z3.BitVecRef:
        return z3.BitVecVal(any(c.ordinal == ordinal and z3.is_true(exposed(c, "rcx")) for c in run.calls), 1)

    return observe


_MADE = "whether the call is made shows the VMM something other than the declared inputs"


def _seen_in_both(call: Call, path: Path, others: list[tuple[Call, Path]], public: Callable[[str], bool]) -> Generated:
    """Two calls of the same number are both for the VMM or both for the module; with a contract, `leaf` says so."""
    shared, shown, before = _to_both(public), exposed(call, "rcx"), _outcomes(path, call)
    for other, second in others:
        if (other.ordinal, other.rounds) != (call.ordinal, call.rounds):
            continue
        formula = shown == primed(exposed(other, "rcx"), shared)
        if z3.is_true(z3.simplify(formula)) or _outcomes(second, other) != before:
            continue
        conditions = (*call.condition, *(primed(c, shared) for c in other.condition))
        shows = (("rax at the call", call.before["rax"]), ("and in the other run", primed(other.before["rax"], shared)))
        observe = _reaches_vmm(call.ordinal)
        claim = Claim(conditions, formula, call.address, _MADE, path, shows, second, observe, call.ordinal)
        yield "confines/rcx", claim


def _made_for_both(context: Context, call: Call, path: Path, public: Callable[[str], bool]) -> Generated:
    """Whether a further call is made shows the VMM something: declared inputs and its own answers may decide it.

    The other run makes fewer calls: those before this one, or fewer still if the VMM may not see the rest.
    """
    shown = exposed(call, "rcx")
    if z3.is_false(shown):
        return  # the module sees it, nobody else
    shared, before = _to_both(public), _outcomes(path, call)
    fewest = call.ordinal
    while fewest and not z3.is_true(exposed(path.calls[fewest - 1], "rcx")):
        fewest -= 1
    for other in context.paths:
        if other.end.kind in {EndKind.CUT, EndKind.COVERED} or other.rounds != call.rounds:
            continue
        made = [c.outcome for c in other.calls]
        if len(made) < fewest or made != before[: len(made)]:
            continue
        conditions = (*call.condition, shown, *(primed(c, shared) for c in other.condition))
        observe = _reaches_vmm(call.ordinal)
        yield "confines/rcx", Claim(conditions, z3.BoolVal(False), call.address, _MADE, path, (), other, observe)


def _same_for_both(
    context: Context, register: str, call: Call, path: Path, other: Call, second: Path, public: Callable[[str], bool]
) -> Claim:
    """Whether a register is exposed at all is what confines/rcx and leaf speak of: here both runs expose it."""
    shown, right = call.before[register], primed(other.before[register], public)
    placed = [value for value in numerals_of(shown) if context.in_image(value)]
    if placed:
        message = f"{register} shows the VMM an address of the image ({placed[0]:#x}), and so where it was loaded"
        return claim_at_call(call, path, z3.Not(exposed(call, register)), message)
    if shown.eq(right):  # nothing but what both runs share
        return Claim(call.condition, z3.BoolVal(True), call.address, "", path)
    conditions = (*call.condition, exposed(call, register))
    conditions += tuple(primed(c, public) for c in (*other.condition, exposed(other, register)))
    message = f"{register} shows the VMM something other than the declared inputs{carried(shown, public)}"
    shows = ((f"{register} as the VMM sees it", shown), ("and in the other run", right))

    def observe(run: Path) -> z3.BitVecRef | None:
        found = [c for c in run.calls if c.ordinal == call.ordinal]
        if not found or not z3.is_true(exposed(found[0], register)):
            return None
        return found[0].before[register]

    return Claim(conditions, shown == right, call.address, message, path, shows, second, observe, call.ordinal)
