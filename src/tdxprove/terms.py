"""Z3 terms: which symbols they speak of, and what they are worth when these are numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import z3

_known: dict[int, tuple[z3.ExprRef, Mapping[str, z3.BitVecRef]]] = {}
"""Symbols of terms seen before, by Z3's identity; the term is kept, so that its identity is not given to another."""

_KNOWN_LIMIT = 50_000


def constants_of(term: z3.ExprRef) -> Mapping[str, z3.BitVecRef]:
    """The symbols that a term contains, by name."""
    known = _known.get(term.get_id())
    if known is not None:
        return known[1]
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
    if len(_known) > _KNOWN_LIMIT:
        _known.clear()
    _known[term.get_id()] = (term, found)
    return found


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


def symbols_of(term: z3.ExprRef) -> set[str]:
    """Names of the symbols that a term contains."""
    return set(constants_of(term))


def evaluated(term: z3.ExprRef, values: Mapping[str, int]) -> z3.ExprRef:
    """The constant that a term is for these values of its symbols; 0 for those that have none."""
    known = [(node, z3.BitVecVal(values.get(name, 0), node.size())) for name, node in constants_of(term).items()]
    return z3.simplify(z3.substitute(term, *known) if known else term)
