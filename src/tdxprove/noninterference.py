"""Obligations that compare two runs (noninterference): confines/*, scrubs/*.

Runs that agree on the declared inputs show the VMM the same; runs that differ by what the VMM answered leave the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import z3

from tdxprove import symbols
from tdxprove.agreement import Answers, Public, answers, public_at
from tdxprove.claims import (
    Claim,
    Context,
    Generated,
    carried,
    claim_at_call,
    independent_of_vmm,
    not_of_the_vmm,
    numerals_of,
)
from tdxprove.evaluate import condition
from tdxprove.masks import chosen_by_caller, exposed, untouched
from tdxprove.path import Call, EndKind, Path
from tdxprove.registers import EXPOSABLE, registers_of
from tdxprove.symbols import Origin
from tdxprove.tdx import reserved_mask
from tdxprove.terms import primed, symbols_of


def confines(context: Context) -> Generated:
    """Two runs that agree on the declared inputs show the VMM the same: any two calls of the same ordinal."""
    spec = context.contract.call
    if spec is not None and not spec.vmcall:
        return
    calls = [(call, path) for call, path in context.calls() if call.instruction == "tdcall"]
    public = {id(call): public_at(context, call, path) for call, path in calls}
    chosen = {id(call): chosen_by_caller(context, call) for call, _ in calls}
    left = {id(call): {r for r in registers_of(chosen[id(call)]) if untouched(call, r)} for call, _ in calls}
    permitted = registers_of(spec.permitted) if spec is not None else ()
    compared = list(_compared(context, calls, public))
    for register in ("rcx", *EXPOSABLE):
        if register not in ("rcx", *permitted) and all(z3.is_false(exposed(c, register)) for c, _ in calls):
            continue
        yield f"confines/{register}", None
        for (call, path), (other, second), known in compared:
            if register in left[id(call)] & left[id(other)]:
                continue
            agreed = tuple(public[id(call)].agreed(public[id(other)], known.shared))
            claim = _same_for_both(context, register, (call, path), (other, second), agreed, known)
            yield f"confines/{register}", _of_legal_mask(context, call, chosen[id(call)], claim)
    for position, (call, path) in enumerate(calls if spec is None else ()):
        yield from _seen_in_both(call, path, calls[position:], public[id(call)].names)
    for call, path in calls:
        yield from _made_for_both(context, call, path, _deciding(context, public[id(call)]))


_Made = tuple[Call, Path]
"""A call, and a path that makes it."""


def _compared(
    context: Context, calls: list[_Made], public: Mapping[int, Public]
) -> Iterator[tuple[_Made, _Made, Answers]]:
    """Any two calls of the same number, and what two runs that make them share.

    Without a contract the module's answers are public, and so is how the calls before ended.
    """
    for position, (call, path) in enumerate(calls):
        for other, second in calls[position:]:
            if (other.ordinal, other.rounds) != (call.ordinal, call.rounds):
                continue
            shared = public[id(call)].shared(public[id(other)])
            bare = context.contract.call is not None
            known = Answers(shared) if bare else answers(path, second, call.ordinal, shared)
            if known is not None:
                yield (call, path), (other, second), known


def _of_legal_mask(context: Context, call: Call, chosen: int, claim: Claim) -> Claim:
    """Where the caller answers for the mask, one that the module refuses shows nothing (tdg_vp_vmcall.c)."""
    refused = chosen & reserved_mask(context.no_rbp_mod)
    if not refused:
        return claim
    return replace(claim, conditions=(*claim.conditions, call.before["rcx"] & refused == 0))


def _deciding(context: Context, public: Public) -> Public:
    """What may decide whether there is a call: also what the contract says it depends on."""
    spec = context.contract.call
    if spec is None or spec.when is None:
        return public
    made = z3.If(condition(spec.when, context.scope()), z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))
    return replace(public, values=(*public.values, made))


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
    shown = exposed(call, "rcx")
    for other, second in others:
        if (other.ordinal, other.rounds) != (call.ordinal, call.rounds):
            continue
        known = answers(path, second, call.ordinal, _to_both(public))
        if known is None:
            continue
        shared, answered = known
        formula = shown == primed(exposed(other, "rcx"), shared)
        if z3.is_true(z3.simplify(formula)):
            continue
        conditions = (*call.condition, *answered, *(primed(c, shared) for c in other.condition))
        shows = (("rax at the call", call.before["rax"]), ("and in the other run", primed(other.before["rax"], shared)))
        observe = _reaches_vmm(call.ordinal)
        claim = Claim(conditions, formula, call.address, _MADE, path, shows, second, observe, call.ordinal)
        yield "confines/rcx", claim


def _made_for_both(context: Context, call: Call, path: Path, public: Public) -> Generated:
    """Whether a further call is made shows the VMM something: declared inputs and its own answers may decide it.

    The other run makes fewer calls: those before this one, or fewer still if the VMM may not see the rest.
    """
    shown = exposed(call, "rcx")
    if z3.is_false(shown):
        return  # the module sees it, nobody else
    fewest = call.ordinal
    while fewest and not z3.is_true(exposed(path.calls[fewest - 1], "rcx")):
        fewest -= 1
    for other in context.paths:
        if other.end.kind in {EndKind.CUT, EndKind.COVERED} or other.rounds != call.rounds:
            continue
        if not fewest <= len(other.calls) <= call.ordinal:
            continue
        known = _ended_alike(context, path, other, _to_both(public.names))
        if known is None:
            continue
        shared, answered = known
        agreed = (*public.agreed(public, shared), *answered)
        conditions = (*call.condition, *agreed, shown, *(primed(c, shared) for c in other.condition))
        observe = _reaches_vmm(call.ordinal)
        yield "confines/rcx", Claim(conditions, z3.BoolVal(False), call.address, _MADE, path, (), other, observe)


def _ended_alike(context: Context, path: Path, other: Path, shared: Callable[[str], bool]) -> Answers | None:
    """What two runs share if the calls that both make end alike; None if they do not."""
    if context.contract.call is None:
        return answers(path, other, len(other.calls), shared)
    both = zip(path.calls, other.calls, strict=False)
    return Answers(shared) if all(one.outcome is two.outcome for one, two in both) else None


def _same_for_both(
    context: Context, register: str, first: _Made, another: _Made, agreed: tuple[z3.BoolRef, ...], known: Answers
) -> Claim:
    """Whether a register is exposed at all is what confines/rcx and leaf speak of: here both runs expose it."""
    (call, path), (other, second), (public, answered) = first, another, known
    shown, right = call.before[register], primed(other.before[register], public)
    placed = [value for value in numerals_of(shown) if context.in_image(value)]
    if placed:
        message = f"{register} shows the VMM an address of the image ({placed[0]:#x}), and so where it was loaded"
        return claim_at_call(call, path, z3.Not(exposed(call, register)), message)
    if shown.eq(right):  # nothing but what both runs share
        return Claim(call.condition, z3.BoolVal(True), call.address, "", path)
    conditions = (*call.condition, *agreed, exposed(call, register), *answered)
    conditions += tuple(primed(c, public) for c in (*other.condition, exposed(other, register)))
    message = f"{register} shows the VMM something other than the declared inputs{carried(shown, public)}"
    shows = ((f"{register} as the VMM sees it", shown), ("and in the other run", right))

    def observe(run: Path) -> z3.BitVecRef | None:
        found = [c for c in run.calls if c.ordinal == call.ordinal]
        if not found or not z3.is_true(exposed(found[0], register)):
            return None
        return found[0].before[register]

    return Claim(conditions, shown == right, call.address, message, path, shows, second, observe, call.ordinal)


def _may_differ(path: Path, other: Path) -> bool:
    """Can two paths behind different rounds of loops that were forgotten differ by what the VMM answered?

    Where nothing that it chose tells them apart, both runs go round as often: they follow one path, any of the two.
    """
    if path.rounds == other.rounds:
        return True
    known = [{c.get_id() for c in one.condition} for one in (path, other)]
    apart = [c for c in (*path.condition, *other.condition) if not all(c.get_id() in ids for ids in known)]
    return any(Origin.VMM in symbols.taint(symbols_of(c)) for c in apart)


def scrubs(context: Context) -> Generated:
    """The register holds nothing that the VMM chose: another answer of the VMM leaves it the same."""
    for register in context.contract.scrubs:
        identifier = f"scrubs/{register}"
        yield identifier, None

        def observe(run: Path, register: str = register) -> z3.BitVecRef | None:
            return run.registers.get(register)

        returned = list(context.returned())
        for number, path in enumerate(returned):
            found = path.registers[register]
            message = f"{register} still holds something that the VMM chose{carried(found, not_of_the_vmm)}"
            for other in returned[number:]:
                # How a call ends is the module's choice; whether there is another one may be the VMM's.
                known = answers(path, other, len(path.calls), not_of_the_vmm)
                if known is not None and _may_differ(path, other):
                    shared, answered = known
                    conditions, pair = (*path.condition, *answered), (other, other.condition, other.registers[register])
                    end = path.end.address
                    claim = independent_of_vmm(path, conditions, found, end, message, observe, pair, shared)
                    yield identifier, claim
