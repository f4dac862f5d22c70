"""From a contract and the paths of its function to the formulas that must hold. Builds formulas, never decides them.

One small function per kind of obligation; the kinds and what they state are those of the design (section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import z3

from tdxprove import symbols
from tdxprove.contract import CallSpec, Contract
from tdxprove.expression import Expression
from tdxprove.evaluate import DataLookup, Scope, condition, evaluate, initial, place_of
from tdxprove.tdx import VMCALL, encodings, reserved_mask
from tdxprove.path import Call, EndKind, Outcome, Path, Place
from tdxprove.registers import EXPOSABLE, GPRS, mask_bit, registers_of
from tdxprove.symbols import Origin

_NAMES_A_REGISTER = 0xFFFF_FFFF


@dataclass(frozen=True)
class Claim:
    """`formula` must hold under `conditions`.

    `address` is where to look, `message` what is wrong if it fails, `shows` the quantities to print then. A claim about
    two runs (noninterference) speaks of the symbols of the second run, which follows the path `second`, as `name'`, and
    says that `observe` gives the same on both. `ordinal` is the TDX call that it speaks of: what comes after it on the path
    does not matter.
    """

    conditions: tuple[z3.BoolRef, ...]
    formula: z3.BoolRef
    address: int
    message: str
    path: Path
    shows: tuple[tuple[str, z3.BitVecRef], ...] = ()
    second: Path | None = None
    observe: Callable[[Path], z3.BitVecRef | None] | None = None
    ordinal: int | None = None


@dataclass
class Obligation:
    """All claims of one id. Without a claim it holds for nothing: `needs` says which cover obligation it hangs on."""

    id: str
    claims: list[Claim] = field(default_factory=list)
    needs: str | None = None


@dataclass(frozen=True)
class Context:
    """What every generator reads."""

    contract: Contract
    paths: tuple[Path, ...]
    data: DataLookup
    no_rbp_mod: bool

    def scope(self, call: Call | None = None) -> Scope:
        """Names at entry, and after `call` if one is given."""
        return Scope(self.contract, self.data, None if call is None else call.after)

    def calls(self) -> Iterator[tuple[Call, Path]]:
        """Each TDX call once, though every outcome continues on a path of its own."""
        seen: set[int] = set()
        for path in self.paths:
            for call in path.calls:
                if id(call.before) not in seen:
                    seen.add(id(call.before))
                    yield call, path

    def returned(self) -> Iterator[Path]:
        """Paths that come back to the caller."""
        return (path for path in self.paths if path.end.kind is EndKind.RETURNED)


def preconditions(contract: Contract, data: DataLookup) -> tuple[z3.BoolRef, ...]:
    """What the contract and its convention require of the entry state."""
    scope = Scope(contract, data)
    found = [condition(expression, scope) for expression, _ in contract.requires]
    rsp = z3.BitVec(symbols.entry("rsp"), 64)
    found.append((rsp + 8) & (contract.convention.stack_alignment - 1) == 0)
    if contract.call is not None and contract.call.leaf is not None:
        found.append(_declared_leaf(contract.call, evaluate(contract.call.leaf, scope)))
    return tuple(found)


def watched(contract: Contract) -> tuple[Place, ...]:
    """Memory whose content at return some obligation reads."""
    places: dict[Place, None] = {}
    outputs = [] if contract.call is None else [d.place for d in contract.call.outputs.values()]
    for expression in outputs:
        place = place_of(expression, contract)
        if isinstance(place, Place):
            places[place] = None
    for text in _result_places(contract):
        place = _result_place(text, contract)
        if isinstance(place, Place):
            places[place] = None
    return tuple(places)


def _result_places(contract: Contract) -> Iterator[str]:
    yield from contract.returns or ()
    if contract.call is not None:
        yield from contract.call.failure.vmfail
        yield from contract.call.failure.fault


def _result_place(text: str, contract: Contract) -> Place | str:
    from tdxprove.expression import parse

    return place_of(parse(text), contract)


def generate(context: Context) -> list[Obligation]:
    """Every obligation of the contract, in the order of the design, each id once."""
    found: dict[str, Obligation] = {}

    def add(identifier: str, claims: Iterable[Claim], needs: str | None) -> None:
        obligation = found.setdefault(identifier, Obligation(identifier, needs=needs))
        obligation.claims.extend(claims)

    for needs, generator in _GENERATORS:
        for identifier, claim in generator(context):
            add(identifier, () if claim is None else (claim,), needs)
    return list(found.values())


Generated = Iterator[tuple[str, Claim | None]]
"""Pairs of an id and a claim; None announces an id that may end up without any claim."""


# -- at the call ---------------------------------------------------------------------------------------------------


def _at_call(
    call: Call, path: Path, formula: z3.BoolRef, message: str, shows: tuple[tuple[str, z3.BitVecRef], ...] = ()
) -> Claim:
    return Claim(call.condition, formula, call.address, message, path, shows, ordinal=call.ordinal)


def _declared_leaf(spec: CallSpec, rax: z3.BitVecRef) -> z3.BoolRef:
    values = sorted({value for leaf in spec.leaves for value in encodings(leaf)})
    return z3.Or(*(rax == value for value in values))


def _leaf(context: Context) -> Generated:
    spec = context.contract.call
    if spec is None:
        return
    yield "leaf", None
    for call, path in context.calls():
        rax = call.before["rax"]
        shows = (("rax at the call", rax),)
        if call.instruction != spec.instruction:
            message = f"{call.instruction} where the contract declares {spec.instruction}"
            yield "leaf", _at_call(call, path, z3.BoolVal(False), message)
        elif call.ordinal and not spec.repeat:
            message = f"call number {call.ordinal + 1} on one path, the contract declares one"
            yield "leaf", _at_call(call, path, z3.BoolVal(False), message)
        elif spec.leaf is not None:
            wanted = evaluate(spec.leaf, context.scope())
            message = f"rax does not hold {spec.leaf.text}, the declared leaf"
            formula = z3.And(rax == wanted, _declared_leaf(spec, rax))
            yield "leaf", _at_call(call, path, formula, message, shows)
        else:
            names = ", ".join(f"{leaf.name} ({leaf.number:#x})" for leaf in spec.leaves)
            message = f"rax does not hold the leaf {names}"
            yield "leaf", _at_call(call, path, _declared_leaf(spec, rax), message, shows)


def _masks(context: Context) -> Generated:
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
        for identifier, bits, problem in wanted:
            formula = z3.Implies(is_vmcall, rcx & bits == 0)
            message = f"the mask in rcx {problem}: {_bits_text(rcx, bits)}"
            yield identifier, _at_call(call, path, formula, message, shows)
        if spec is not None:
            formula = z3.Implies(is_vmcall, rcx & spec.required == spec.required)
            missing = _bits_text(~rcx, spec.required)
            message = f"the mask in rcx leaves out a register that the call takes or returns: {missing}"
            yield "mask/required", _at_call(call, path, formula, message, shows)


def _bits_text(value: z3.BitVecRef, bits: int) -> str:
    """Names of the bits of `value` that lie in `bits`; of all of `bits` where the value is not a constant."""
    value = z3.simplify(value)
    found = value.as_long() & bits if z3.is_bv_value(value) else bits
    names = list(registers_of(found))
    if found >> 32:
        names.append("bits 63:32")
    prefix = "" if z3.is_bv_value(value) else "one of "
    return prefix + ", ".join(names)


def _passes(context: Context) -> Generated:
    spec = context.contract.call
    if spec is None:
        return
    for register, expression in spec.inputs.items():
        wanted = evaluate(expression, context.scope())
        width = spec.width_of(register)
        yield f"passes/{register}", None
        for call, path in context.calls():
            value = call.before[register]
            formula = z3.Extract(width - 1, 0, value) == z3.Extract(width - 1, 0, wanted)
            message = f"{register} does not hold {expression.text} at the call"
            shows = ((f"{register} at the call", value), (f"declared: {expression.text}", wanted))
            yield f"passes/{register}", _at_call(call, path, formula, message, shows)


def _public_names(context: Context) -> Callable[[str], bool]:
    """Which symbols an exposed register may depend on: those that the declared inputs are computed from."""
    contract = context.contract
    if contract.call is None:
        arguments = {symbols.argument(a.name) for a in contract.arguments}
        regions = tuple(f"{a.name}[" for a in contract.arguments if a.pointee is not None)
        return lambda name: name in arguments or name.startswith(regions)
    names: set[str] = set()
    inputs = [*contract.call.inputs.values(), *([contract.call.leaf] if contract.call.leaf is not None else [])]
    for expression in inputs:
        names |= symbols_of(evaluate(expression, context.scope()))
    for expression, _ in contract.requires:
        names |= symbols_of(condition(expression, context.scope()))
    return names.__contains__


def _confines(context: Context) -> Generated:
    """Two runs that agree on the declared inputs show the VMM the same: any two calls of the same ordinal."""
    spec = context.contract.call
    if spec is not None and not spec.vmcall:
        return
    public = _public_names(context)
    calls = [(call, path) for call, path in context.calls() if call.instruction == "tdcall"]
    permitted = registers_of(spec.permitted) if spec is not None else ()
    for register in ("rcx", *EXPOSABLE):
        if register not in ("rcx", *permitted) and all(z3.is_false(_exposed(c, register)) for c, _ in calls):
            continue
        yield f"confines/{register}", None
        for position, (call, path) in enumerate(calls):
            for other, second in calls[position:]:
                if other.ordinal == call.ordinal:
                    yield f"confines/{register}", _same_for_both(register, call, path, other, second, public)


def _exposed(call: Call, register: str) -> z3.BoolRef:
    """Does the VMM see this register? Of a TDG.VP.VMCALL: what RCX selects, and RCX itself."""
    shown = call.before["rax"] == VMCALL
    if register != "rcx":
        bit = mask_bit(register)
        shown = z3.And(shown, z3.Extract(bit, bit, call.before["rcx"]) == 1)
    return z3.simplify(shown)


def _same_for_both(
    register: str, call: Call, path: Path, other: Call, second: Path, public: Callable[[str], bool]
) -> Claim:
    """Whether a register is exposed at all is what confines/rcx and leaf speak of: here both runs expose it."""
    shown, right = call.before[register], primed(other.before[register], public)
    conditions = (*call.condition, _exposed(call, register))
    conditions += tuple(primed(c, public) for c in (*other.condition, _exposed(other, register)))
    message = f"{register} shows the VMM something other than the declared inputs{_carried(shown, public)}"
    shows = ((f"{register} as the VMM sees it", shown), ("and in the other run", right))

    def observe(run: Path) -> z3.BitVecRef | None:
        found = [c for c in run.calls if c.ordinal == call.ordinal]
        if not found or not z3.is_true(_exposed(found[0], register)):
            return None
        return found[0].before[register]

    return Claim(conditions, shown == right, call.address, message, path, shows, second, observe, call.ordinal)


def _carried(term: z3.BitVecRef, public: Callable[[str], bool]) -> str:
    secret = sorted(name for name in symbols_of(term) if not public(name))
    return f": {', '.join(secret[:3])}" if secret else ""


# -- at the end ----------------------------------------------------------------------------------------------------


def _last_call(path: Path) -> Call | None:
    return path.calls[-1] if path.calls else None


def _fails_to_panic(context: Context, path: Path) -> bool:
    """A refused call that comes back where the contract says panic: `failure` speaks of it, nothing else does."""
    spec, call = context.contract.call, _last_call(path)
    return (
        spec is not None
        and call is not None
        and call.outcome is Outcome.REFUSED
        and spec.failure.status == "panic"
    )


def _at_return(path: Path, place: Place | str) -> z3.BitVecRef:
    if isinstance(place, Place):
        return path.memory[place]
    if place == "eax":
        return z3.Extract(31, 0, path.registers["rax"])
    return path.registers[place]


def _yields(context: Context) -> Generated:
    spec = context.contract.call
    if spec is None:
        return
    for register, destination in spec.outputs.items():
        identifier = f"yields/{register}"
        yield identifier, None
        place = place_of(destination.place, context.contract)
        for path in context.returned():
            if _fails_to_panic(context, path):
                continue
            call = _last_call(path)
            message = f"{destination.place.text} does not hold what the call returned in {register}"
            if call is None:
                message = f"returns without having made the call that fills {destination.place.text}"
                yield identifier, Claim(path.condition, z3.BoolVal(False), path.end.address, message, path)
                continue
            formula, shows = _arrived(context, spec, register, place, path, call)
            yield identifier, Claim(path.condition, formula, path.end.address, message, path, shows)


def _arrived(
    context: Context, spec: CallSpec, register: str, place: Place | str, path: Path, call: Call
) -> tuple[z3.BoolRef, tuple[tuple[str, z3.BitVecRef], ...]]:
    """The output is in its place; where it has no meaning, the place holds it, zero, or what it held before."""
    destination = spec.outputs[register]
    found, answer = _at_return(path, place), call.after[register]
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
    return z3.If(meaningful, whole, z3.Or(*otherwise)), shows


def _returns(context: Context) -> Generated:
    contract = context.contract
    if contract.returns is None:
        yield "returns/never", None
        for path in context.returned():
            message = "the function returns, the contract says that it never does"
            if not _fails_to_panic(context, path):
                yield "returns/never", Claim(path.condition, z3.BoolVal(False), path.end.address, message, path)
        return
    for text, expression in contract.returns.items():
        yield f"returns/{text}", None
        place = _result_place(text, contract)
        for path in context.returned():
            if not _fails_to_panic(context, path):
                wanted = _declared_result(context, path, text, expression)
                yield f"returns/{text}", _result(context, path, text, place, wanted)


def _declared_result(context: Context, path: Path, text: str, expression: Expression) -> Expression:
    """What the contract says of a result on this path: SEAMCALLs that never reached the module have their own."""
    spec, call = context.contract.call, _last_call(path)
    if spec is None or call is None:
        return expression
    own = {Outcome.VMFAIL: spec.failure.vmfail, Outcome.FAULT: spec.failure.fault}.get(call.outcome, {})
    return own.get(text, expression)


def _result(context: Context, path: Path, text: str, place: Place | str, wanted: Expression) -> Claim:
    call = _last_call(path)
    if call is None:
        message = f"returns without having made the call that {text} = {wanted.text} speaks of"
        return Claim(path.condition, z3.BoolVal(False), path.end.address, message, path)
    value = evaluate(wanted, context.scope(call))
    found = _at_return(path, place)
    formula = found == z3.Extract(found.size() - 1, 0, value)
    shows = ((f"{text} at return", found), (f"declared: {wanted.text}", value))
    return Claim(path.condition, formula, path.end.address, f"{text} is not {wanted.text} at return", path, shows)


def _preserves(context: Context) -> Generated:
    if context.contract.returns is None:
        return
    for register in context.contract.preserves:
        identifier = f"preserves/{register}"
        yield identifier, None
        for path in context.returned():
            found = path.registers[register]
            wanted = _entry_value(context.contract, register)
            message = f"{register} differs from its value at entry"
            if register == "rsp":
                wanted, message = wanted + 8, "rsp is not where the caller expects it (entry value plus 8)"
            elif register == "df":
                message = "df, the direction flag, is set at return"
            shows = ((f"{register} at entry", wanted), (f"{register} at return", found))
            yield identifier, Claim(path.condition, found == wanted, path.end.address, message, path, shows)


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


def _not_of_the_vmm(name: str) -> bool:
    return symbols.origin_of(name) is not Origin.VMM


def _scrubs(context: Context) -> Generated:
    for register in context.contract.scrubs:
        identifier = f"scrubs/{register}"
        yield identifier, None
        for path in context.returned():
            found = path.registers[register]
            message = f"{register} still holds something that the VMM chose{_carried(found, _not_of_the_vmm)}"
            yield identifier, _independent_of_vmm(
                path, path.condition, found, path.end.address, message, lambda run, r=register: run.registers.get(r)
            )


def _independent_of_vmm(
    path: Path,
    conditions: tuple[z3.BoolRef, ...],
    term: z3.BitVecRef,
    address: int,
    message: str,
    observe: Callable[[Path], z3.BitVecRef | None],
) -> Claim:
    again = primed(term, _not_of_the_vmm)
    both = (*conditions, *(primed(c, _not_of_the_vmm) for c in conditions))
    shows = (("value", term), ("with another answer of the VMM", again))
    return Claim(both, term == again, address, message, path, shows, path, observe)


def _return_address(context: Context) -> Generated:
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


def _accesses(context: Context) -> Generated:
    yield "memory/writes", None
    yield "memory/reads", None
    seen: set[tuple[int, str]] = set()
    for path in context.paths:
        for access in path.accesses:
            if (access.address, access.what) in seen:
                continue
            seen.add((access.address, access.what))
            identifier = "memory/writes" if access.write else "memory/reads"
            yield identifier, Claim(access.condition, z3.BoolVal(False), access.address, access.what, path)


def _targets(context: Context) -> Generated:
    yield "control/target", None
    for path in context.paths:
        for number, transfer in enumerate(path.transfers):
            if all(map(_not_of_the_vmm, symbols_of(transfer.target))):
                continue
            message = f"the target of the jump or return is an address that the VMM chose{_carried(transfer.target, _not_of_the_vmm)}"

            def observe(run: Path, number: int = number) -> z3.BitVecRef | None:
                return run.transfers[number].target if number < len(run.transfers) else None

            claim = _independent_of_vmm(
                path, transfer.condition, transfer.target, transfer.address, message, observe
            )
            yield "control/target", claim


def _failure(context: Context) -> Generated:
    spec = context.contract.call
    if spec is None:
        return
    identifier = f"failure/{spec.instruction}"
    yield identifier, None
    for path in context.paths:
        call = _last_call(path)
        if call is None or path.end.kind in {EndKind.CUT, EndKind.DIVERTED}:
            continue
        for message, formula in _wrong_end(context, spec, path, call):
            shows = (("rax after the call", call.after["rax"]),)
            yield identifier, Claim(path.condition, formula, path.end.address, message, path, shows)


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
            found = _at_return(path, _result_place(text, context.contract))
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
    else:
        result = path.registers["rax"]
        yield "a failed call is returned as a success (rax is zero)", z3.Implies(status != 0, result != 0)


# -- symbols -------------------------------------------------------------------------------------------------------


def symbols_of(term: z3.ExprRef) -> set[str]:
    """Names of the symbols that a term contains."""
    return set(constants_of(term))


def primed(term: z3.ExprRef, shared: Callable[[str], bool]) -> z3.ExprRef:
    """The term in the second run: every symbol that is not shared by both runs gets a prime."""
    renames = []
    for name, node in constants_of(term).items():
        if not shared(name):
            renames.append((node, z3.BitVec(name + "'", node.size())))
    return z3.substitute(term, *renames) if renames else term


def constants_of(term: z3.ExprRef) -> Mapping[str, z3.BitVecRef]:
    """The symbols that a term contains, by name."""
    found: dict[str, z3.BitVecRef] = {}
    seen: set[int] = set()
    stack = [term]
    while stack:
        node = stack.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        if z3.is_const(node) and node.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[node.decl().name()] = node
        stack.extend(node.children())
    return found


_GENERATORS: tuple[tuple[str | None, Callable[[Context], Generated]], ...] = (
    ("covers/call", _leaf),
    ("covers/call", _masks),
    ("covers/call", _passes),
    ("covers/call", _confines),
    ("covers/return", _yields),
    (None, _returns),
    ("covers/return", _preserves),
    ("covers/return", _scrubs),
    ("covers/return", _return_address),
    (None, _accesses),
    (None, _targets),
    ("covers/call", _failure),
)
