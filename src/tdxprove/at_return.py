"""Obligations about the moment of return: yields/*, returns/*, preserves/*, stack/return-address."""

from __future__ import annotations

import z3

from tdxprove import symbols
from tdxprove.claims import (
    Claim,
    Context,
    Generated,
    fails_to_panic,
    last_call,
    named_places,
    no_call_due,
    result_place,
    value_at_return,
)
from tdxprove.contract import CallSpec, Contract, FlagChange
from tdxprove.evaluate import condition, evaluate, exists, initial, place_of
from tdxprove.expression import ALWAYS, Expression
from tdxprove.masks import left_out_by_caller, not_selected
from tdxprove.path import Call, Outcome, Path, Place
from tdxprove.registers import GPRS


def yields(context: Context) -> Generated:
    """Each output of the call is in its declared place."""
    spec = context.contract.call
    if spec is None:
        return
    for register, destination in spec.outputs.items():
        identifier = f"yields/{register}"
        yield identifier, None
        place = place_of(destination.place, context.contract)
        for path in context.returned():
            if fails_to_panic(context, path):
                continue
            call = last_call(path)
            message = f"{destination.place.text} does not hold what the call returned in {register}"
            if call is None:
                message = f"returns without having made the call that fills {destination.place.text}"
                yield identifier, Claim(path.condition, no_call_due(context), path.end.address, message, path)
                continue
            formula, shows = _arrived(context, spec, register, place, path, call)
            yield identifier, Claim(path.condition, formula, path.end.address, message, path, shows)


def _arrived(
    context: Context, spec: CallSpec, register: str, place: Place | str, path: Path, call: Call
) -> tuple[z3.BoolRef, tuple[tuple[str, z3.BitVecRef], ...]]:
    """The output is in its place; where it has no meaning, the place holds it, zero, or what it held before."""
    destination = spec.outputs[register]
    found, answer = value_at_return(path, place), call.after[register]
    size = found.size()
    whole = found == z3.Extract(size - 1, 0, answer)
    width = spec.width_of(register, output=True)
    if width < size:
        cut = z3.ZeroExt(size - width, z3.Extract(width - 1, 0, answer))
        whole = z3.Or(whole, found == cut)
    shows = ((f"{register} after the call", answer), (f"{destination.place.text} at return", found))
    meaningful = z3.BoolVal(call.outcome is Outcome.COMPLETED)
    if destination.when is not None:
        meaningful = z3.And(meaningful, condition(destination.when, context.scope(call)))
    otherwise = [whole, found == 0]
    if isinstance(place, Place):
        otherwise.append(found == initial(place.region, place.offset, place.size))
    arrived = z3.If(meaningful, whole, z3.Or(*otherwise))
    return z3.Implies(exists(place, context.contract), arrived), shows


def returns(context: Context) -> Generated:
    """The function's result is what the contract says, on the success and on the failure path."""
    contract = context.contract
    if contract.returns is None:
        yield "returns/never", None
        for path in context.returned():
            message = "the function returns, the contract says that it never does"
            if not fails_to_panic(context, path):
                yield "returns/never", Claim(path.condition, z3.BoolVal(False), path.end.address, message, path)
        return
    for text, expression in contract.returns.items():
        yield f"returns/{text}", None
        place = result_place(text, contract)
        for path in context.returned():
            if not fails_to_panic(context, path):
                wanted = _declared_result(context, path, text, expression)
                yield f"returns/{text}", _result(context, path, text, place, wanted)


def _declared_result(context: Context, path: Path, text: str, expression: Expression) -> Expression:
    """What the contract says of a result on this path: without a call, and after a SEAMCALL that never arrived."""
    spec, call = context.contract.call, last_call(path)
    if spec is None or call is None:
        return context.contract.otherwise.get(text, expression)
    own = {Outcome.VMFAIL: spec.failure.vmfail, Outcome.FAULT: spec.failure.fault}.get(call.outcome, {})
    return own.get(text, expression)


def _result(context: Context, path: Path, text: str, place: Place | str, wanted: Expression) -> Claim:
    call = last_call(path)
    if call is None:
        return _result_without_call(context, path, text, place, wanted)
    value = evaluate(wanted, context.scope(call))
    found = value_at_return(path, place)
    formula = z3.Implies(exists(place, context.contract), found == z3.Extract(found.size() - 1, 0, value))
    shows = ((f"{text} at return", found), (f"declared: {wanted.text}", value))
    return Claim(path.condition, formula, path.end.address, f"{text} is not {wanted.text} at return", path, shows)


def _result_without_call(context: Context, path: Path, text: str, place: Place | str, wanted: Expression) -> Claim:
    spec = context.contract.call
    if spec is None or spec.when is None:
        message = f"returns without having made the call that {text} = {wanted.text} speaks of"
        return Claim(path.condition, z3.BoolVal(False), path.end.address, message, path)
    found, value = value_at_return(path, place), evaluate(wanted, context.scope())
    right = found == z3.Extract(found.size() - 1, 0, value)
    formula = z3.And(no_call_due(context), z3.Implies(exists(place, context.contract), right))
    message = f"returns without the call though {spec.when.text}, or {text} is not {wanted.text} there"
    shows = ((f"{text} at return", found), (f"declared: {wanted.text}", value))
    return Claim(path.condition, formula, path.end.address, message, path, shows)


def preserves(context: Context) -> Generated:
    """What the convention preserves has its entry value at every return."""
    if context.contract.returns is None:
        return
    left_out = left_out_by_caller(context)
    for register in context.contract.preserves:
        identifier = f"preserves/{register}"
        yield identifier, None
        for path in context.returned():
            found = path.registers[register]
            wanted = _entry_value(context.contract, register)
            message = f"{register} differs from its value at entry"
            if register == "rsp" and context.contract.convention.return_address is None:
                wanted, message = wanted + 8, "rsp is not where the caller expects it (entry value plus 8)"
            elif register == "df":
                message = "df, the direction flag, is set at return"
            shows = ((f"{register} at entry", wanted), (f"{register} at return", found))
            conditions = (*path.condition, *not_selected(left_out, path, path.condition))
            yield identifier, Claim(conditions, found == wanted, path.end.address, message, path, shows)


def flags(context: Context) -> Generated:
    """A flag that the function sets or clears on demand is as the contract says, and otherwise as it was."""
    if context.contract.returns is None:
        return
    for flag, change in context.contract.flags.items():
        yield f"returns/{flag}", None
        entry = z3.BitVec(symbols.entry(flag), 1)
        for path in context.returned():
            found = path.registers[flag]
            right, message = _flag_is_right(context, flag, change, found, entry)
            shows = ((f"{flag} at entry", entry), (f"{flag} at return", found))
            yield f"returns/{flag}", Claim(path.condition, right, path.end.address, message, path, shows)


def _flag_is_right(
    context: Context, flag: str, change: FlagChange, found: z3.BitVecRef, entry: z3.BitVecRef
) -> tuple[z3.BoolRef, str]:
    """What must hold of a flag at return, and what is wrong if it does not."""
    if change.condition is None:
        return z3.Or(found == change.value, found == entry), f"{flag} is neither {change.value} nor as at entry"
    asked = condition(change.condition, context.scope())
    message = f"{flag} is not {change.value} where {change.condition.text}, and as at entry elsewhere"
    if change.condition is ALWAYS:
        message = f"{flag} is not {change.value}"
    return found == z3.If(asked, z3.BitVecVal(change.value, 1), entry), message


def _entry_value(contract: Contract, register: str) -> z3.BitVecRef:
    if register == "df":
        return z3.BitVecVal(0, 1)
    if register in {"ac", "if"}:
        return z3.BitVec(symbols.entry(register), 1)
    if register not in GPRS:
        return z3.BitVec(symbols.entry(register), 128)
    held = contract.entry_state().registers.get(register)
    if held is None:
        return z3.BitVec(symbols.entry(register), 64)
    low = z3.BitVec(held.name, held.bits)
    return low if held.bits == 64 else z3.Concat(z3.BitVec(symbols.entry(register) + ".high", 64 - held.bits), low)


def return_address(context: Context) -> Generated:
    """Every return goes to the caller."""
    if context.contract.returns is None:
        return
    yield "stack/return-address", None
    for path in context.returned():
        found = path.registers["return_target"]
        wanted = z3.BitVec(symbols.RETURN_ADDRESS, 64)
        shows = (("return address at entry", wanted), ("returned to", found))
        message = "the function does not return to its caller"
        yield (
            "stack/return-address",
            Claim(path.condition, found == wanted, path.end.address, message, path, shows),
        )


def frame(context: Context) -> Generated:
    """What the contract does not name as an output is unchanged in the objects that may be written."""
    contract = context.contract
    if contract.call is None or contract.returns is None:
        return
    yield "memory/writes", None
    named = {place for place in named_places(contract) if isinstance(place, Place)}
    for path in context.returned():
        for place, found in path.memory.items():
            if place in named or fails_to_panic(context, path):
                continue
            wanted = initial(place.region, place.offset, place.size)
            message = f"{place.region} at offset {place.offset:#x} is changed, the contract names no output there"
            shows = (("at entry", wanted), ("at return", found))
            yield "memory/writes", Claim(path.condition, found == wanted, path.end.address, message, path, shows)
