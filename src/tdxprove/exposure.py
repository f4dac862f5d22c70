"""What the calls of a function are, for the report: leaf, sub-function and mask, constant or taken from where."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from tdxprove import symbols
from tdxprove.catalogue import load_catalogue
from tdxprove.path import Call, Path
from tdxprove.tdx import LEAF_BITS, VMCALL
from tdxprove.terms import symbols_of


def exposures(paths: Iterable[Path]) -> dict[int, tuple[str, ...]]:
    """What was found at each TDX instruction, by its address: one text for each leaf and mask that it is run with."""
    found: dict[int, set[str]] = {}
    for path in paths:
        for call in path.calls:
            found.setdefault(call.address, set()).add(_text(call))
    return {address: tuple(sorted(texts)) for address, texts in found.items()}


def _text(call: Call) -> str:
    rax = z3.simplify(call.before["rax"])
    if not z3.is_bv_value(rax):
        leaf = f"leaf {_value(rax)}"
        return f"{leaf}, mask {_value(call.before['rcx'])}" if call.instruction == "tdcall" else leaf
    if call.instruction == "tdcall" and rax.as_long() == VMCALL:
        return f"TDG.VP.VMCALL<{_subfunction(call)}>, mask {_value(call.before['rcx'])}"
    leaves = load_catalogue(call.instruction).leaves.values()
    named = [leaf.name for leaf in leaves if leaf.number == rax.as_long() & LEAF_BITS]
    return named[0] if named else f"leaf {rax.as_long():#x}, which is not in the catalogue"


def _subfunction(call: Call) -> str:
    """The name of the GHCI sub-function: r10 is 0 and r11 its number; any other r10 is a call of the VMM's own."""
    r10, r11 = (z3.simplify(call.before[register]) for register in ("r10", "r11"))
    if not z3.is_bv_value(r10) or not z3.is_bv_value(r11):
        return f"r10 {_value(r10)}, r11 {_value(r11)}"
    if r10.as_long():
        return f"vendor {r10.as_long():#x}"
    known = load_catalogue("tdvmcall").leaves.values()
    named = [leaf.name for leaf in known if leaf.number == r11.as_long()]
    return named[0] if named else f"{r11.as_long():#x}, which is not in the catalogue"


def _value(term: z3.BitVecRef) -> str:
    term = z3.simplify(term)
    if z3.is_bv_value(term):
        return f"{term.as_long():#x}"
    names = sorted({symbols.without_past(name) for name in symbols_of(term)})
    return f"from {', '.join(names[:2])}{' and others' if len(names) > 2 else ''}"
