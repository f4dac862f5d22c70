"""Z3 terms: which symbols they speak of, and what they are worth when these are numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import z3

from tdxprove import symbols

_known: dict[int, tuple[z3.ExprRef, Mapping[str, z3.BitVecRef]]] = {}
"""Symbols of terms seen before, by Z3's identity; the term is kept, so that its identity is not given to another."""

_KNOWN_LIMIT = 50_000

LONG = 256
"""Formulas of the longest question whose answer is kept: each turn of a long loop asks a longer one, and none twice."""


def constants_of(term: z3.ExprRef) -> Mapping[str, z3.BitVecRef]:
    """The symbols that a term contains, by name."""
    known = _known.get(term.get_id())
    if known is not None:
        return known[1]
    found = {node.decl().name(): node for node in _unknowns(term)}
    if len(_known) > _KNOWN_LIMIT:
        _known.clear()
    _known[term.get_id()] = (term, found)
    return found


def _unknowns(term: z3.ExprRef) -> Iterator[z3.BitVecRef]:
    """The symbols that a term contains, each once.

    By the functions of Z3's C interface: what z3's Python makes of every node on the way takes many times as long. The
    parts of a term live as long as it does.
    """
    c = term.ctx_ref()
    seen: set[int] = set()
    stack = [term.as_ast()]
    while stack:
        node = stack.pop()
        number = z3.Z3_get_ast_id(c, node)
        if number in seen:
            continue
        seen.add(number)
        if z3.Z3_get_ast_kind(c, node) != z3.Z3_APP_AST:
            continue  # a number
        count = z3.Z3_get_app_num_args(c, node)
        stack.extend([z3.Z3_get_app_arg(c, node, n) for n in range(count)])
        if not count and z3.Z3_get_decl_kind(c, z3.Z3_get_app_decl(c, node)) == z3.Z3_OP_UNINTERPRETED:
            yield z3.BitVecRef(node, term.ctx)


def related(conditions: Iterable[z3.BoolRef], terms: Iterable[z3.ExprRef]) -> list[z3.BoolRef]:
    """Those of `conditions` that can bear on `terms`: they share symbols with them, or with others that do.

    The rest, which speaks of other symbols, neither adds to nor takes from what `terms` can be, as long as it can hold.
    """
    left = [(condition, constants_of(condition).keys()) for condition in conditions]
    names = {name for term in terms for name in constants_of(term)}
    found: list[z3.BoolRef] = []
    while True:
        near = [(condition, own) for condition, own in left if not own or not names.isdisjoint(own)]
        if not near:
            return found
        left = [(condition, own) for condition, own in left if own and names.isdisjoint(own)]
        for condition, own in near:
            found.append(condition)
            names |= own


_Literal = tuple[int, int]
"""By Z3's identity: a formula that is no negation, and whether it holds; or a term, and the number that it is."""

_literals: dict[int, tuple[z3.BoolRef, tuple[_Literal, ...], z3.BoolRef]] = {}
"""Literals of formulas seen before; these and the formulas are kept, as in `_known`."""


def contradict(conditions: Iterable[z3.BoolRef]) -> bool:
    """Does one of the conditions say the opposite of another one, in so many words?

    Two paths part at a branch where one goes on with a condition and the other with its negation, or each with another
    number for a term: if both are asked for at once, this says no without a decision procedure. False says nothing.
    """
    if len(_literals) > _KNOWN_LIMIT:
        _literals.clear()  # not on the way: identities that are compared have to be kept
    seen: dict[int, int] = {}
    return any(seen.setdefault(atom, holds) != holds for one in conditions for atom, holds in _literals_of(one))


def _literals_of(condition: z3.BoolRef) -> tuple[_Literal, ...]:
    known = _literals.get(condition.get_id())
    if known is not None:
        return known[1]
    normal = z3.simplify(condition)  # so that `a != b`, `Not(a == b)` and their like are the same
    parts = [normal, *(normal.children() if z3.is_and(normal) else ())]
    literals = _NEVER if z3.is_false(normal) else tuple(literal for part in parts for literal in _said_by(part))
    _literals[condition.get_id()] = (condition, literals, normal)
    return literals


def _said_by(part: z3.BoolRef) -> Iterator[_Literal]:
    if z3.is_not(part):
        yield part.arg(0).get_id(), False
        return
    yield part.get_id(), True
    if z3.is_eq(part) and z3.is_bv_value(part.arg(1)):
        yield part.arg(0).get_id(), part.arg(1).as_long()


_NEVER: Final = ((-1, True), (-1, False))
"""What `False` says: no term has this identity."""


def symbols_of(term: z3.ExprRef) -> set[str]:
    """Names of the symbols that a term contains."""
    return set(constants_of(term))


def whole_symbol(value: z3.BitVecRef) -> str | None:
    """The one symbol that a value is, extended with zeros or not; None if it is anything else."""
    value = z3.simplify(value)
    parts = value.children() if value.decl().kind() == z3.Z3_OP_CONCAT else [value]
    parts = [part for part in parts if not z3.is_bv_value(part)]
    if len(parts) != 1 or parts[0].decl().kind() != z3.Z3_OP_UNINTERPRETED:
        return None
    return str(parts[0].decl().name())


def primed(term: z3.ExprRef, shared: Callable[[str], bool]) -> z3.ExprRef:
    """The term in the second run: every symbol that is not shared by both runs gets a prime.

    Which way a run came by follows from everything else, so that is never shared.
    """
    renames = []
    for name, node in constants_of(term).items():
        if symbols.is_selector(name) or not shared(name):
            renames.append((node, z3.BitVec(name + "'", node.size())))
    return z3.substitute(term, *renames) if renames else term


def evaluated(term: z3.ExprRef, values: Mapping[str, int]) -> z3.ExprRef:
    """The constant that a term is for these values of its symbols; 0 for those that have none."""
    known = [(node, z3.BitVecVal(values.get(name, 0), node.size())) for name, node in constants_of(term).items()]
    return z3.simplify(z3.substitute(term, *known) if known else term)


def identities(terms: Iterable[z3.ExprRef]) -> bytes:
    """What tells these terms from others, as long as they are kept: Z3 gives the identity of a freed one to another."""
    return array("I", [term.get_id() for term in terms]).tobytes()
