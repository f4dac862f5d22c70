"""Who may read and who may write each register at the call of a contract, as a table for people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tdxprove.contract import CallSpec, Contract
from tdxprove.expression import Expression
from tdxprove.leaf import Leaf
from tdxprove.page import Page, Part
from tdxprove.registers import GPRS, XMMS, mask_bit, registers_of


def exposure_table(page: Page, contract: Contract, call: CallSpec) -> None:
    """Who may read and who may write each register at the call."""
    header = tuple((title, "bold") for title in ("register", "bit", "read by", "written by", "role"))
    rows: list[tuple[Part, ...]] = [header]
    selected = registers_of(call.permitted) if call.vmcall else ()
    for register in (*GPRS, *XMMS):
        role = _role(contract, call, register, register in selected)
        if role is not None:
            bit = str(mask_bit(register)) if register in selected else "-"
            rows.append((register, bit, *_access(call, register, register in selected), role))
    page.table(rows, indent=2)
    if not call.vmcall:
        return
    page.blank()
    mask = f"exactly {call.required:#x}"
    if call.required != call.permitted:
        mask = f"at least {call.required:#x}, at most {call.permitted:#x}"
    rest = "The VMM sees zero in every general register that is not selected, and cannot change it."
    page.line(f"Mask in rcx: {mask}. {rest}", indent=2, hang=0)


def _role(contract: Contract, call: CallSpec, register: str, selected: bool) -> str | None:
    """What a register is for at the call; None if nobody but the function touches it."""
    roles = []
    if register == "rax":
        leaf = " or ".join(named(leaf) for leaf in call.leaves)
        if call.leaf is not None:
            leaf = f"{call.leaf.text} ({call.leaves[0].name})" if len(call.leaves) == 1 else call.leaf.text
        roles += [f"input: the leaf, {leaf}", "output: the module's status"]
    if register == "rcx" and call.vmcall and register not in call.inputs:
        roles.append("input: the mask")
    if register in call.inputs:
        roles.append(f"input: {text_of(call.inputs[register])}")
    elif selected:
        roles.append("input: none, any constant")
    if register in call.outputs:
        to = call.outputs[register]
        roles.append(f"output to {to.place.text}" + (f" when {to.when.text}" if to.when is not None else ""))
    if register != "rax":
        roles += [f"output to {place} (result)" for place in _results_from(contract, register)]
    if selected and register not in (*call.inputs, *call.outputs) and not any("result" in role for role in roles):
        roles = ["unused: any constant, comes back as the VMM likes"]
    elif not roles and not call.vmcall and register in _modified(call):
        roles.append("unused: the module may change it")
    return "; ".join(roles) or None


def _results_from(contract: Contract, register: str) -> Iterator[str]:
    results: dict[str, Expression] = dict(contract.returns or {})
    for place, value in results.items():
        if ("field", f"call.{register}") in value.names():
            yield place


def _modified(call: CallSpec) -> frozenset[str]:
    return frozenset().union(*(leaf.modified for leaf in call.leaves))


def _access(call: CallSpec, register: str, selected: bool) -> tuple[str, str]:
    """Who may read and who may write a register that has a role."""
    if selected:
        only = all(leaf.number == 0 for leaf in call.leaves)
        who = "VMM" if only else "module, VMM"
        return who, who
    if call.vmcall and register == "rcx":
        return "module, VMM", "module" if len(call.leaves) > 1 else "nobody"
    written = register in _modified(call) or register == "rax"
    read = register in call.inputs or register == "rax"
    return "module" if read else "-", "module" if written else "nobody"


def named(leaf: Leaf) -> str:
    """A leaf or sub-function with its number, if it has one of its own."""
    return leaf.name if leaf.number is None else f"{leaf.name} ({leaf.number:#x})"


def text_of(expression: Expression) -> str:
    """As the contract writes it, numbers in hexadecimal."""
    return hex(int(expression.text)) if re.fullmatch(r"[0-9]{2,}", expression.text) else expression.text
