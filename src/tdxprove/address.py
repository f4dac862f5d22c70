"""Terms that are addresses: split into a base and a constant, or named in an error where they are not understood."""

from __future__ import annotations

import re
from typing import Final

from tdxprove import symbols
from tdxprove.angr_api import Ast

ADDRESSES: Final = 1 << 64
"""How many there are: arithmetic is modulo this number."""


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
        raise UnresolvedAddressError(f"address {plain(address)} is not one region's base plus a constant")
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


def is_entry_rsp(part: Ast) -> bool:
    """Is this the stack pointer at entry, from which all places of the stack are counted?"""
    return bool(part.op == "BVS" and part.args[0] == symbols.entry("rsp"))


def as_signed(offset: int) -> int:
    """An offset from a base as a number that is small, and may be negative."""
    return offset - ADDRESSES if offset >= ADDRESSES // 2 else offset


def signed(offset: int) -> str:
    """An offset as text, with its sign."""
    return f"{'-' if offset < 0 else '+'}{abs(offset):#x}"


def plain(ast: Ast) -> str:
    """An expression as a reader wants it: without the type that claripy puts around."""
    text = str(ast)
    found = re.fullmatch(r"<\w+ (.*)>", text)
    return found[1] if found is not None else text
