"""Terms that are addresses: split into a base and a constant, or named in an error where they are not understood."""

from __future__ import annotations

import re
from typing import Final

from tdxprove import symbols
from tdxprove.angr_api import Ast, claripy

ADDRESSES: Final = 1 << 64
"""How many there are: arithmetic is modulo this number."""

_READABLE: Final = 120
_NAMED: Final = 4


class UnresolvedAddressError(Exception):
    """An address that is not a region's base plus a constant: the path ends here, with the address named."""


class IndexedAddressError(UnresolvedAddressError):
    """An address that is one region's base plus an unknown: whether it stays inside is a question for the solver.

    `offset` is the unknown, `last` the highest offset at which the access still fits.
    """

    def __init__(self, message: str, write: bool, offset: Ast, last: int) -> None:
        super().__init__(message)
        self.write, self.offset, self.last = write, offset, last


def linear(address: Ast) -> tuple[Ast | None, int]:
    """Split an address into one symbolic part (None if there is none) and a constant, modulo 2**64.

    Raises:
        UnresolvedAddressError: more than one symbolic part remains.
    """
    parts, constant = addends(address)
    if not parts:
        return None, constant % ADDRESSES
    if len(parts) > 1 or parts[0][1] != 1:
        message = f"address {described(address)} is not one region's base plus a constant"
        if any(symbols.is_forgotten(name) for name in address.variables):
            message += ": a part of it is what a loop without a known bound, or a function outside, left there"
        raise UnresolvedAddressError(message)
    return parts[0][0], as_signed(constant % ADDRESSES)


def addends(address: Ast) -> tuple[list[tuple[Ast, int]], int]:
    """The symbolic parts of a sum, each with how often it is added, and the sum of the constants."""
    parts: dict[int, tuple[Ast, int]] = {}
    constant = 0

    def add(term: Ast, sign: int) -> None:
        nonlocal constant
        if term.op == "BVV":
            constant += sign * term.args[0]
        elif term.op == "__add__":
            for operand in term.args:
                add(operand, sign)
        elif term.op == "__sub__":
            add(term.args[0], sign)
            for operand in term.args[1:]:
                add(operand, -sign)
        else:
            parts[id(term)] = term, parts.get(id(term), (term, 0))[1] + sign

    add(address, 1)
    return [(term, factor) for term, factor in parts.values() if factor], constant


def beyond(address: Ast, base: Ast) -> Ast:
    """What an address is beyond a base, which is gone from it where it is a part of the sum."""
    parts, constant = addends(address - base)
    total = claripy.BVV(constant % ADDRESSES, 64)
    for term, factor in parts:
        if factor == -1:
            total -= term
        else:
            total += term if factor == 1 else term * (factor % ADDRESSES)
    return total


def rounding(distance: Ast) -> tuple[Ast, int, int] | None:
    """Of the distance `(number + offset & -2**k) - number` of a rounded number, the number's low bits, 2**k, offset.

    It depends on nothing else; see `rounded`. None if the distance is made otherwise.
    """
    parts, constant = addends(distance)
    kept = {factor: term for term, factor in parts}
    if constant or len(parts) != 2 or kept.keys() != {1, -1} or kept[1].op != "__and__" or len(kept[1].args) != 2:
        return None
    inner, mask = kept[1].args if kept[1].args[1].op == "BVV" else reversed(kept[1].args)
    if mask.op != "BVV" or not mask.args[0]:
        return None
    step = ADDRESSES - mask.args[0]
    rest, offset = addends(inner)
    if step & (step - 1) or step == 1 or [factor for _, factor in rest] != [1] or rest[0][0] is not kept[-1]:
        return None
    return kept[-1] & (step - 1), step, offset


def rounded(low: int, step: int, offset: int) -> int:
    """The distance that `rounding` speaks of, where the number is `low` modulo `step`."""
    return (offset - (low + offset) % step) % ADDRESSES


def largest(term: Ast) -> int:
    """A number that the term is not above, as far as that is plain from how it is made of narrower ones."""
    limit: int = (1 << term.size()) - 1
    if term.op == "BVV":
        return int(term.args[0])
    if term.op == "If":
        return max(largest(term.args[1]), largest(term.args[2]))
    if term.op == "__and__":
        return min(map(largest, term.args))
    if term.op == "ZeroExt" or (
        term.op == "Concat" and all(part.op == "BVV" and not part.args[0] for part in term.args[:-1])
    ):
        return largest(term.args[-1])
    if term.op == "SignExt":
        inner, bits = largest(term.args[1]), term.args[1].size()
        return inner if inner < 1 << (bits - 1) else limit
    if term.op == "Extract" and term.args[1] == 0:
        return min(limit, largest(term.args[2]))
    return limit


def is_entry_rsp(part: Ast) -> bool:
    """Is this the stack pointer at entry, from which all places of the stack are counted?"""
    return bool(part.op == "BVS" and part.args[0] == symbols.entry("rsp"))


def is_made_of_rsp(value: Ast) -> bool:
    """May a part of the stack pointer's value be a part of this one? What only chooses between values is none."""
    pending, seen = [value], set()
    while pending:
        node = pending.pop()
        if symbols.entry("rsp") not in node.variables or node.hash() in seen:
            continue
        if is_entry_rsp(node):
            return True
        seen.add(node.hash())
        pending += [part for part in node.args[node.op == "If" :] if hasattr(part, "variables")]
    return False


def as_signed(offset: int) -> int:
    """An offset from a base as a number that is small, and may be negative."""
    return offset - ADDRESSES if offset >= ADDRESSES // 2 else offset


def signed(offset: int) -> str:
    """An offset as text, with its sign."""
    return f"{'-' if offset < 0 else '+'}{abs(offset):#x}"


def described(ast: Ast) -> str:
    """An expression for a message: as it is, or, of one that nobody can read, its parts and what they are made of."""
    text = plain(ast)
    if len(text) <= _READABLE:
        return text
    parts, constant = addends(ast)
    words = [f"{factor} * {_summary(term)}" if factor != 1 else _summary(term) for term, factor in parts]
    return " + ".join(words + ([hex(constant % ADDRESSES)] if constant else []))


def _summary(term: Ast) -> str:
    text = plain(term)
    if len(text) <= _READABLE // 2:
        return text
    names = sorted(term.variables)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"(a value computed from {', '.join(names[:_NAMED])}{more})"


def plain(ast: Ast) -> str:
    """An expression as a reader wants it: without the type that claripy puts around."""
    text = str(ast)
    found = re.fullmatch(r"<\w+ (.*)>", text)
    return found[1] if found is not None else text
