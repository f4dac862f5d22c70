"""What one TDCALL or SEAMCALL does to the machine: a function from a state to its possible successors.

Every outcome is explored. Registers that the VMM may choose become fresh symbols `vmm.<n>.<reg>`, those that the module
chooses `module.<n>.<reg>`, where n counts the calls of the path. Sources: intel/tdx-module 1.5.05,
src/td_dispatcher/vm_exits/tdg_vp_vmcall.c (mask check, what is shown and what comes back),
src/td_transitions/tdh_vp_enter.c (RAX is 0 and RCX the mask after a resume), and the catalogue in specs/abi.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from types import MappingProxyType
from typing import Any

from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.leaf import Leaf
from tdxprove.path import Outcome
from tdxprove.registers import GPRS, RESERVED_MASK_BITS, XMMS, mask_bit
from tdxprove.symbols import Origin, answer
from tdxprove.tdx import LEAF_BITS, VMCALL, encodings, reserved_mask


class UnmodelledCallError(Exception):
    """The leaf is not in the catalogue, so nobody knows what it does to the registers."""


@dataclass(frozen=True)
class Model:
    """What the proof assumes of the TDX module.

    Args:
        tdcall, seamcall: leaves by name that a symbolic RAX may name (a constant RAX may name any of the catalogue).
        no_rbp_mod: the TD has CONFIG_FLAGS.NO_RBP_MOD, as KVM requires (Linux arch/x86/kvm/vmx/tdx.c).
        by_state: only what a call leaves counts, not whether the module refused it or failed: no contract says so.
        within_failure: what a refused call leaves, a failed one may leave too, and nothing else tells them apart: a
            contract whose call the VMM never sees, and that returns on any status but zero. (What the VMM sees of a
            later call, it may not see of what was sent to the module: then it matters who chose a register.)
    """

    tdcall: tuple[Leaf, ...]
    seamcall: tuple[Leaf, ...]
    every_tdcall: tuple[Leaf, ...]
    every_seamcall: tuple[Leaf, ...]
    no_rbp_mod: bool = True
    by_state: bool = False
    within_failure: bool = False


@dataclass(frozen=True)
class Successor:
    """One outcome: registers that changed, CF if the instruction defines it, and what must hold for it to happen.

    `writes` are the registers that hold addresses of memory which the module may have written, and how many bytes.
    """

    outcome: Outcome
    changed: Mapping[str, Ast]
    conditions: tuple[Ast, ...]
    carry: int | None = None
    writes: Mapping[str, int | None] = field(default_factory=dict)


def left_out(model: Model, instruction: str) -> list[int]:
    """Values of RAX that name a leaf of the catalogue which a symbolic RAX is taken not to name."""
    tdcall = instruction == "tdcall"
    every, allowed = (model.every_tdcall, model.tdcall) if tdcall else (model.every_seamcall, model.seamcall)
    return sorted(
        {value for leaf in every if leaf not in allowed and leaf.number is not None for value in encodings(leaf)}
    )


def _one_of(rax: Ast, leaves: tuple[Leaf, ...]) -> Ast:
    values = sorted({value for leaf in leaves for value in encodings(leaf)})
    return claripy.Or(*(rax == value for value in values)) if values else claripy.false()


def _candidates(rax: Ast, allowed: tuple[Leaf, ...], every: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    """Leaves that this RAX may name.

    Raises:
        UnmodelledCallError: a constant that the catalogue does not have.
    """
    if rax.op != "BVV":
        return tuple(leaf for leaf in allowed if leaf.number is not None)
    value = rax.args[0]
    named = tuple(leaf for leaf in every if leaf.number is not None and value in encodings(leaf))
    known = any(leaf.number == value & LEAF_BITS for leaf in every)
    if not named and not known:
        raise UnmodelledCallError(f"leaf {value:#x} is not in the catalogue")
    return named


def tdcall(
    before: Mapping[str, Ast], model: Model, ordinal: int, asking: Collection[Origin] = ()
) -> Iterator[Successor]:
    """Outcomes of TDCALL on the registers `before` (GPRs and xmm0-15); `asking`: see `symbols.answer`.

    Raises:
        UnmodelledCallError: see `_candidates`.
    """
    rax = before["rax"]
    status = symbol(answer(Origin.MODULE, ordinal, "rax", asking), 64)
    leaves = _candidates(rax, model.tdcall, model.every_tdcall)
    written = _written(model, rax, leaves)
    if not _subsumed(model, rax, leaves):
        yield Successor(Outcome.REFUSED, {"rax": status}, (status != 0,), writes=written)
    others = tuple(leaf for leaf in leaves if leaf.number != VMCALL)
    changed = _module_outputs(before, others, rax, partial(answer, Origin.MODULE, ordinal, asking=asking))
    conditions: list[Ast] = [_one_of(rax, leaves), *_told_apart(model, changed, status)]
    if any(leaf.number == VMCALL for leaf in leaves):
        is_vmcall = rax == VMCALL
        conditions.append(claripy.Or(rax != VMCALL, before["rcx"] & reserved_mask(model.no_rbp_mod) == 0))
        for register, value in _vmm_answers(before, ordinal):
            changed[register] = claripy.If(is_vmcall, value, changed.get(register, before[register]))
        changed["rax"] = claripy.If(is_vmcall, claripy.BVV(0, 64), changed.get("rax", status))
    if leaves:
        yield Successor(Outcome.COMPLETED, changed, tuple(conditions), writes=written)


def _written(model: Model, rax: Ast, leaves: tuple[Leaf, ...]) -> Mapping[str, int | None]:
    """Memory that a leaf writes which the function chooses; with a contract, what its arguments point to is no such.

    A leaf that is the caller's choice writes where the caller says.
    """
    if not model.by_state or rax.op != "BVV":
        return MappingProxyType({})
    return MappingProxyType({register: size for leaf in leaves for register, size in leaf.writes.items()})


def _told_apart(model: Model, changed: Mapping[str, Ast], status: Ast) -> Iterator[Ast]:
    """Of a leaf that leaves nothing but a status: one that is not zero, a refused call leaves as well."""
    if model.by_state and changed.get("rax") is status and changed.keys() == {"rax"}:
        yield status == 0


def _subsumed(model: Model, rax: Ast, leaves: tuple[Leaf, ...]) -> bool:
    """Is a refusal one of the ways in which the call fails? Outputs are fresh then: they may be what was sent.

    Only of one leaf in a version that it has: any other RAX is refused, and nothing but that happens. And of a leaf
    whose outputs the module chooses: those of leaf 0 (TDG.VP.VMCALL, TDH.VP.ENTER) are of the VMM or of the guest.
    """
    named = rax.op == "BVV" and len(leaves) == 1 and rax.args[0] in encodings(leaves[0])
    return model.within_failure and named and leaves[0].number != 0 and "rax" in leaves[0].modified


def _vmm_answers(before: Mapping[str, Ast], ordinal: int) -> Iterator[tuple[str, Ast]]:
    """Each register that RCX may select, as the VMM leaves it: its own value if the bit is set, else unchanged."""
    rcx = before["rcx"]
    for register in (*GPRS, *XMMS):
        bit = mask_bit(register)
        if bit in RESERVED_MASK_BITS:
            continue
        selected = rcx[bit:bit] == 1
        if selected.is_false():
            continue
        chosen = symbol(answer(Origin.VMM, ordinal, register), before[register].size())
        yield register, claripy.If(selected, chosen, before[register])


def _module_outputs(
    before: Mapping[str, Ast], leaves: tuple[Leaf, ...], rax: Ast, named: Callable[[str], str]
) -> dict[str, Ast]:
    """Registers that any of `leaves` modifies, fresh when RAX names such a leaf, with the names that they get."""
    changed: dict[str, Ast] = {}
    for register in GPRS:
        modifying = tuple(leaf for leaf in leaves if register in leaf.modified)
        if not modifying:
            continue
        fresh = symbol(named(register), 64)
        unconditional = len(modifying) == len(leaves) and register == "rax"
        changed[register] = fresh if unconditional else claripy.If(_one_of(rax, modifying), fresh, before[register])
    return changed


def seamcall(
    before: Mapping[str, Ast], model: Model, ordinal: int, asking: Collection[Origin] = ()
) -> Iterator[Successor]:
    """Outcomes of SEAMCALL; `asking`: see `symbols.answer`.

    A fault changes nothing here; what RAX becomes is up to the kind of the fix-up. What comes back from TDH.VP.ENTER
    was chosen by the guest, which the host trusts as little as a guest trusts the VMM: such outputs are attributed to
    the other side.

    Raises:
        UnmodelledCallError: see `_candidates`.
    """
    rax = before["rax"]
    leaves = _candidates(rax, model.seamcall, model.every_seamcall)
    yield Successor(Outcome.FAULT, {}, ())
    yield Successor(Outcome.VMFAIL, {}, (), carry=1)
    enters = any(leaf.number == 0 for leaf in leaves)
    who = Origin.VMM if enters else Origin.MODULE
    vectors = {xmm: symbol(answer(who, ordinal, xmm), before[xmm].size()) for xmm in XMMS}
    status = symbol(answer(Origin.MODULE, ordinal, "rax", asking), 64)
    written = _written(model, rax, leaves)
    if not _subsumed(model, rax, leaves):
        yield Successor(Outcome.REFUSED, {"rax": status, **vectors}, (status != 0,), 0, written)

    def named(register: str) -> str:
        of_module = register == "rax" or who is Origin.MODULE
        return answer(Origin.MODULE, ordinal, register, asking) if of_module else answer(who, ordinal, register)

    changed = _module_outputs(before, leaves, rax, named)
    if leaves:
        conditions = (_one_of(rax, leaves), *_told_apart(model, changed, status))
        yield Successor(Outcome.COMPLETED, {**changed, **vectors}, conditions, 0, written)


def conjunction(conditions: tuple[Ast, ...]) -> Any:
    """All conditions as one."""
    return reduce(claripy.And, conditions, claripy.true())
