"""Obligations about what a TDX call is given: leaf, passes/*."""

from __future__ import annotations

import z3

from tdxprove.claims import Context, Generated, claim_at_call, declared_leaf
from tdxprove.evaluate import condition, evaluate
from tdxprove.path import Call, Path


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
        if spec.when is not None:
            message = f"makes the call though not {spec.when.text}"
            yield "leaf", claim_at_call(call, path, condition(spec.when, context.scope()), message)


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


def declared_input(context: Context, register: str, call: Call, path: Path) -> tuple[str, z3.BitVecRef] | None:
    """What the contract says that a register holds at this call: as text, and as a value."""
    spec, before = context.contract.call, _before(call, path)
    if spec is None:
        return None
    if before is not None and spec.repeat is not None and register in spec.repeat.inputs:
        again = spec.repeat.inputs[register]
        return again.text, evaluate(again, context.scope(before))
    first = spec.inputs.get(register)
    return None if first is None else (first.text, evaluate(first, context.scope()))


def passes(context: Context) -> Generated:
    """Each declared input sits in its register with its declared value."""
    spec = context.contract.call
    if spec is None:
        return
    for register in spec.inputs:
        width = spec.width_of(register)
        yield f"passes/{register}", None
        for call, path in context.calls():
            declared = declared_input(context, register, call, path)
            if declared is None:
                continue
            text, wanted = declared
            value = call.before[register]
            formula = z3.Extract(width - 1, 0, value) == z3.Extract(width - 1, 0, wanted)
            message = f"{register} does not hold {text} at {'a further' if call.ordinal else 'the'} call"
            shows = ((f"{register} at the call", value), (f"declared: {text}", wanted))
            yield f"passes/{register}", claim_at_call(call, path, formula, message, shows)
