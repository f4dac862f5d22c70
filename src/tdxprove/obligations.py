"""From a contract and the paths of its function to the formulas that must hold. Builds formulas, never decides them.

The kinds and what they state are those of the design (section 5); one small function each, in masks, at_call,
noninterference, at_return and on_path.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator

import z3

from tdxprove import at_call, at_return, masks, noninterference, on_path, symbols
from tdxprove.claims import Claim, Context, Generated, Obligation, declared_leaf, named_places
from tdxprove.contract import Contract
from tdxprove.entry import NULL_PAGES
from tdxprove.evaluate import DataLookup, Scope, condition, evaluate
from tdxprove.path import Place


def preconditions(contract: Contract, data: DataLookup) -> tuple[z3.BoolRef, ...]:
    """What the contract and its convention require of the entry state."""
    scope = Scope(contract, data)
    found = [condition(expression, scope) for expression, _ in contract.requires]
    rsp = z3.BitVec(symbols.entry("rsp"), 64)
    found.append((rsp + 8) & (contract.convention.stack_alignment - 1) == 0)
    if contract.convention.stack:  # a stack begins above the null pages and ends below the last: no place of it is NULL
        lowest = NULL_PAGES + contract.convention.stack_size
        found.append(z3.ULE(rsp - lowest, (1 << 64) - (NULL_PAGES + lowest)))
    if contract.call is not None:
        objects = [a.name for a in contract.arguments if a.pointee is not None and not a.pointee.optional]
        found += [z3.BitVec(symbols.argument(name), 64) != 0 for name in objects]
    if contract.call is not None and contract.call.leaf is not None:
        found.append(declared_leaf(contract.call, evaluate(contract.call.leaf, scope)))
    return tuple(found)


def watched(contract: Contract) -> tuple[Place, ...]:
    """Memory whose content at return some obligation reads: outputs, and all else that may be written."""
    places = {place: None for place in named_places(contract) if isinstance(place, Place)}
    covered = {(place.region, place.offset + i) for place in places for i in range(place.size)}
    for argument in contract.arguments if contract.call is not None else ():
        to = argument.pointee
        if to is None or not to.writable or to.extent is None:
            continue
        for start in range(0, to.extent, to.element):
            for offset, size in _gaps(range(start, start + to.element), argument.name, covered):
                places[Place(argument.name, offset, size)] = None
    return tuple(places)


def _gaps(element: range, region: str, covered: set[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Runs of bytes of one element that no other place covers: offset and size of each."""
    free = [offset for offset in element if (region, offset) not in covered]
    for _, run in itertools.groupby(enumerate(free), lambda item: item[1] - item[0]):
        offsets = [offset for _, offset in run]
        yield offsets[0], len(offsets)


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


_GENERATORS: tuple[tuple[str | None, Callable[[Context], Generated]], ...] = (
    ("covers/call", at_call.leaf),
    ("covers/call", masks.mask),
    ("covers/call", at_call.passes),
    ("covers/call", noninterference.confines),
    ("covers/return", at_return.yields),
    (None, at_return.returns),
    ("covers/return", at_return.preserves),
    ("covers/return", at_return.flags),
    ("covers/return", noninterference.scrubs),
    ("covers/return", at_return.return_address),
    (None, at_return.frame),
    (None, on_path.accesses),
    (None, on_path.targets),
    ("covers/call", on_path.failure),
)
