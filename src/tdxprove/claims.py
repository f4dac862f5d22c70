"""What an obligation is made of: claims over paths, and the vocabulary that every kind of obligation uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import z3

from tdxprove import symbols
from tdxprove.contract import CallSpec, Contract
from tdxprove.evaluate import DataLookup, Scope, condition, place_of
from tdxprove.expression import parse
from tdxprove.path import Call, EndKind, Outcome, Path, Place
from tdxprove.symbols import Origin
from tdxprove.tdx import encodings
from tdxprove.terms import constants_of, primed, symbols_of


@dataclass(frozen=True)
class Claim:
    """`formula` must hold under `conditions`.

    `address` is where to look, `message` what is wrong if it fails, `shows` the quantities to print then. A claim about
    two runs (noninterference) speaks of the symbols of the second run, which follows the path `second`, as `name'`, and
    says that `observe` gives the same on both. `ordinal` is the TDX call that it speaks of: what comes after it on the
    path does not matter.
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

    @property
    def rests_on_forgotten(self) -> bool:
        """Does it speak of what was forgotten (by rounds of a loop, say), of which nobody knows what it can be?"""
        terms = (*self.conditions, self.formula)
        return any(symbols.is_forgotten(name) for term in terms for name in symbols_of(term))

    @property
    def changed_by_others(self) -> tuple[str, ...]:
        """What memory it speaks of that functions outside may have changed, as named at entry."""
        found = {symbols.before_others(name) for name in constants_of(self.formula)}
        return tuple(sorted({name.rstrip("'") for name in found if name is not None}))

    def broken_by_itself(self) -> tuple[z3.BoolRef, ...]:
        """What must be possible if it is broken also where functions outside leave memory as it was at entry."""
        terms = (*self.conditions, z3.Not(self.formula))
        known = {name: node for term in terms for name, node in constants_of(term).items()}
        renames = []
        for name, node in known.items():
            if (was := symbols.before_others(name)) is not None:
                # Nothing but the formula tells whether both runs share a word; if in doubt, they do.
                renames.append((node, z3.BitVec(was if was in known else was.rstrip("'"), node.size())))
        return tuple(z3.substitute(term, *renames) for term in terms)


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
    in_image: Callable[[int], bool]

    def scope(self, call: Call | None = None) -> Scope:
        """Names at entry, and before and after `call` if one is given."""
        if call is None:
            return Scope(self.contract, self.data)
        return Scope(self.contract, self.data, call.after, call.before)

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


Generated = Iterator[tuple[str, Claim | None]]
"""Pairs of an id and a claim; None announces an id that may end up without any claim."""


def claim_at_call(
    call: Call, path: Path, formula: z3.BoolRef, message: str, shows: tuple[tuple[str, z3.BitVecRef], ...] = ()
) -> Claim:
    """A claim about the registers at a call."""
    return Claim(call.condition, formula, call.address, message, path, shows, ordinal=call.ordinal)


def declared_leaf(spec: CallSpec, rax: z3.BitVecRef) -> z3.BoolRef:
    """RAX names one of the leaves that the contract declares."""
    values = sorted({value for leaf in spec.leaves for value in encodings(leaf)})
    return z3.Or(*(rax == value for value in values))


def last_call(path: Path) -> Call | None:
    """The last TDX call of a path."""
    return path.calls[-1] if path.calls else None


def no_call_due(context: Context) -> z3.BoolRef:
    """The contract declares no call for this entry state: a path that returns without one is as it should be."""
    spec = context.contract.call
    if spec is None or spec.when is None:
        return z3.BoolVal(False)
    return z3.Not(condition(spec.when, context.scope()))


def fails_to_panic(context: Context, path: Path) -> bool:
    """A refused call that comes back where the contract says panic: `failure` speaks of it, nothing else does."""
    spec, call = context.contract.call, last_call(path)
    return spec is not None and call is not None and call.outcome is Outcome.REFUSED and spec.failure.status == "panic"


def value_at_return(path: Path, place: Place | str) -> z3.BitVecRef:
    """Content of a place or register (eax, al: the low part of rax) at the end of a path."""
    if isinstance(place, Place):
        return path.memory[place]
    part = {"eax": 32, "al": 8}.get(place)
    return path.registers[place] if part is None else z3.Extract(part - 1, 0, path.registers["rax"])


def result_place(text: str, contract: Contract) -> Place | str:
    """The place that a contract names as text."""
    return place_of(parse(text), contract)


def named_places(contract: Contract) -> Iterator[Place | str]:
    """Every place that a contract says something about: outputs, results, and what may be written freely."""
    spec = contract.call
    if spec is not None:
        yield from (place_of(destination.place, contract) for destination in spec.outputs.values())
        for results in (spec.failure.vmfail, spec.failure.fault):
            yield from (result_place(text, contract) for text in results)
    yield from (result_place(text, contract) for text in contract.returns or ())
    yield from (place_of(expression, contract) for expression in contract.may_write)


def carried(term: z3.BitVecRef, public: Callable[[str], bool]) -> str:
    """The symbols that a term carries though it should not, for a message."""
    secret = sorted(name for name in symbols_of(term) if not public(name))
    return f": {', '.join(secret[:3])}" if secret else ""


def not_of_the_vmm(name: str) -> bool:
    """Is this symbol somebody else's choice?"""
    return symbols.origin_of(name) is not Origin.VMM


def independent_of_vmm(
    path: Path,
    conditions: tuple[z3.BoolRef, ...],
    term: z3.BitVecRef,
    address: int,
    message: str,
    observe: Callable[[Path], z3.BitVecRef | None],
    other: tuple[Path, tuple[z3.BoolRef, ...], z3.BitVecRef] | None = None,
    shared: Callable[[str], bool] = not_of_the_vmm,
) -> Claim:
    """The claim that a term is the same whatever the VMM answers, also when that leads to the path `other`.

    `shared` are the symbols that two runs share whatever it answers.
    """
    second, others, value = other or (path, conditions, term)
    again = primed(value, shared)
    both = (*conditions, *(primed(c, shared) for c in others))
    shows = (("value", term), ("with another answer of the VMM", again))
    return Claim(both, term == again, address, message, path, shows, second, observe)


def numerals_of(term: z3.ExprRef) -> Iterator[int]:
    """The 64-bit constants that a term is built from, itself included, but not what only chooses between values.

    As it was built and as Z3 simplifies it, which may join constants, or take one apart into upper and lower bits: how,
    depends on what Z3 has seen before.
    """
    seen: set[int] = set()
    stack = [term, z3.simplify(term)]
    while stack:
        node = stack.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        if z3.is_bv_value(node) and node.size() == 64:
            yield node.as_long()
        if z3.is_app_of(node, z3.Z3_OP_CONCAT) and node.size() == 64 and z3.is_bv_value(node.arg(0)):
            yield node.arg(0).as_long() << (64 - node.arg(0).size())
        stack.extend(child for child in node.children() if not z3.is_bool(child))
