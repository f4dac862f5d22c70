"""Obligations about a path as a whole: memory/*, control/target, failure/*."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import z3

from tdxprove.claims import (
    Claim,
    Context,
    Generated,
    carried,
    independent_of_vmm,
    last_call,
    no_call_due,
    not_of_the_vmm,
    result_place,
    value_at_return,
)
from tdxprove.contract import CallSpec
from tdxprove.evaluate import evaluate
from tdxprove.masks import left_out_by_caller, not_selected
from tdxprove.path import Call, EndKind, Outcome, Path
from tdxprove.terms import symbols_of


def accesses(context: Context) -> Generated:
    """Accesses stay inside the declared objects and the own frame."""
    yield "memory/writes", None
    yield "memory/reads", None
    left_out = left_out_by_caller(context)
    for path in context.paths:
        for access in path.accesses:
            identifier = "memory/writes" if access.write else "memory/reads"
            conditions = (*access.condition, *not_selected(left_out, path, access.condition))
            yield identifier, Claim(conditions, z3.BoolVal(False), access.address, access.what, path)


def targets(context: Context) -> Generated:
    """No jump, call or return goes where the VMM chose."""
    yield "control/target", None
    for path in context.paths:
        for transfer in path.transfers:
            if all(map(not_of_the_vmm, symbols_of(transfer.target))):
                continue
            chosen = carried(transfer.target, not_of_the_vmm)
            message = f"the target of the jump or return is an address that the VMM chose{chosen}"

            def observe(run: Path, address: int = transfer.address) -> z3.BitVecRef | None:
                return next((t.target for t in run.transfers if t.address == address), None)

            claim = independent_of_vmm(path, transfer.condition, transfer.target, transfer.address, message, observe)
            yield "control/target", claim


def failure(context: Context) -> Generated:
    """A call that does not succeed ends as the contract says, never as a success."""
    spec = context.contract.call
    if spec is None:
        return
    identifier = f"failure/{spec.instruction}"
    yield identifier, None
    for path in context.paths:
        yield from ((identifier, claim) for claim in _goes_on(context, spec, path))
        call = last_call(path)
        if path.end.kind in {EndKind.CUT, EndKind.COVERED, EndKind.DIVERTED}:
            continue
        if call is None:
            yield from ((identifier, claim) for claim in _never_made(context, path))
            continue
        for message, formula in _wrong_end(context, spec, path, call):
            shows = (("rax after the call", call.after["rax"]),)
            yield identifier, Claim(path.condition, formula, path.end.address, message, path, shows)


def _never_made(context: Context, path: Path) -> Iterator[Claim]:
    """A path that ends without a call; of one that returns, results and outputs speak where there are any."""
    spec, contract = context.contract.call, context.contract
    formula, message = z3.BoolVal(False), f"ends without having made the call ({path.end.reason})"
    if path.end.kind is EndKind.RETURNED:
        if spec is None or spec.outputs or contract.returns is None or contract.returns:
            return
        formula, message = no_call_due(context), "returns without having made the call"
    yield Claim(path.condition, formula, path.end.address, message, path)


def _goes_on(context: Context, spec: CallSpec, path: Path) -> Iterator[Claim]:
    """A refused call that is made again is no panic, unless the contract names the status with which it may be."""
    again = None if spec.repeat is None else spec.repeat.condition
    if spec.repeat is None or spec.failure.status != "panic" or context.contract.returns is None:
        return  # a further call breaks `leaf`, or the status is the caller's business, or it is repeated for good
    if again is not None and ("field", "call.rax") in again.names():
        return
    for call, further in itertools.pairwise(path.calls):
        if call.outcome is Outcome.REFUSED:
            message = "makes a further call although the module refused the one before (its status in rax is not zero)"
            shows = (("rax after the call before", call.after["rax"]),)
            yield Claim(further.condition, z3.BoolVal(False), further.address, message, path, shows)


def _wrong_end(context: Context, spec: CallSpec, path: Path, call: Call) -> Iterator[tuple[str, z3.BoolRef]]:
    """What must hold of how a path ends after its last call had the given outcome."""
    returned = path.end.kind is EndKind.RETURNED
    no = z3.BoolVal(False)
    status = call.after["rax"]
    if call.outcome in {Outcome.VMFAIL, Outcome.FAULT}:
        results = spec.failure.vmfail if call.outcome is Outcome.VMFAIL else spec.failure.fault
        if not returned:
            yield f"does not return after a {call.outcome} of {call.instruction} ({path.end.reason})", no
            return
        for text, expression in results.items():
            found = value_at_return(path, result_place(text, context.contract))
            value = evaluate(expression, context.scope(call))
            yield (
                f"{text} is not {expression.text} after a {call.outcome} of {call.instruction}",
                found == z3.Extract(found.size() - 1, 0, value),
            )
    elif spec.failure.status == "panic":
        if returned and call.outcome is Outcome.REFUSED:
            yield "returns although the module refused the call (the status in rax is not zero)", no
        elif not returned and call.outcome is Outcome.COMPLETED and context.contract.returns is not None:
            yield f"does not return although the call succeeded with status zero ({path.end.reason})", status != 0
    elif not returned:
        yield f"does not return, the contract says that the status is returned ({path.end.reason})", no
    elif spec.failure.status == "return":
        result = path.registers["rax"]
        yield "a failed call is returned as a success (rax is zero)", z3.Implies(status != 0, result != 0)
