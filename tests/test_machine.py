"""The model of TDCALL and SEAMCALL: every outcome, who chose each register afterwards, and what keeps its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from tdxprove.angr_api import claripy, symbol
from tdxprove.catalogue import load_catalogue
from tdxprove.leaf import Leaf
from tdxprove.machine import Model, Successor, UnmodelledCallError, conjunction, seamcall, tdcall
from tdxprove.path import Outcome
from tdxprove.registers import EXPOSABLE, GPRS, XMMS, mask_bit
from tdxprove.tdx import encodings, reserved_mask
from tdxprove.translation import Translator

TDCALLS = tuple(load_catalogue("tdcall").leaves.values())
SEAMCALLS = tuple(load_catalogue("seamcall").leaves.values())
ALL = Model(TDCALLS, SEAMCALLS, TDCALLS, SEAMCALLS)
REGISTERS = (*GPRS, *XMMS)
WORD = (1 << 64) - 1


def before(**values: int) -> dict[str, Any]:
    """Registers at the instruction: constants where given, else unknowns called `before.<register>`."""
    found: dict[str, Any] = {}
    for register in REGISTERS:
        bits = 128 if register in XMMS else 64
        value = values.get(register)
        found[register] = symbol(f"before.{register}", bits) if value is None else claripy.BVV(value, bits)
    return found


def solved(condition: Any, **values: int) -> z3.CheckSatResult:
    """Can the condition hold when the registers before have these values?"""
    solver = z3.Solver()
    solver.add(Translator().term(condition))
    solver.add(*(z3.BitVec(f"before.{register}", 64) == value for register, value in values.items()))
    return solver.check()


def possible(one: Successor, **values: int) -> bool:
    """Can this outcome happen when the registers before have these values?"""
    return bool(solved(conjunction(one.conditions), **values) == z3.sat)


def after(one: Successor, state: Mapping[str, Any], register: str, **values: int) -> str:
    """What a register holds after an outcome, as text, for these values of the registers before."""
    term = Translator().term(one.changed.get(register, state[register]))
    known = [(z3.BitVec(f"before.{name}", 64), z3.BitVecVal(value, 64)) for name, value in values.items()]
    return str(z3.simplify(z3.substitute(term, *known)))


def by_outcome(successors: Iterable[Successor]) -> dict[Outcome, Successor]:
    """The outcomes, each of which there is once."""
    listed = list(successors)
    found = {one.outcome: one for one in listed}
    assert len(found) == len(listed)
    return found


# -- TDCALL ------------------------------------------------------------------------------------------------------------


def test_a_refused_tdcall_changes_rax_to_anything_but_zero_and_nothing_else() -> None:
    """R10 in particular still holds the 0 that reads as success, so a wrapper that skips the test of RAX is caught."""
    refused = by_outcome(tdcall(before(rax=0, rcx=0xC00, r10=0), ALL, 3))[Outcome.REFUSED]
    assert set(refused.changed) == {"rax"}
    assert str(Translator().term(refused.changed["rax"])) == "module.3.rax"
    assert refused.carry is None
    status = z3.BitVec("module.3.rax", 64)
    formula = Translator().term(conjunction(refused.conditions))
    for value, expected in ((0, z3.unsat), (1, z3.sat), (1 << 63, z3.sat), (0xC000010000000000, z3.sat)):
        solver = z3.Solver()
        solver.add(formula, status == value)
        assert solver.check() == expected


def test_a_vmcall_that_reached_the_vmm_returns_what_the_vmm_likes_in_the_selected_registers() -> None:
    state = before(rax=0, rcx=1 << 10 | 1 << 12 | 1 << 17)
    reached = by_outcome(tdcall(state, ALL, 0))[Outcome.COMPLETED]
    selected = {"r10", "r12", "xmm1"}
    for register in REGISTERS:
        found = after(reached, state, register)
        if register in selected:
            assert found == f"vmm.0.{register}"
        elif register == "rax":
            assert found == "0"
        elif register == "rcx":
            assert found == str(1 << 10 | 1 << 12 | 1 << 17)
        else:
            assert found == f"before.{register}"
    assert reached.carry is None


def test_a_symbolic_mask_needs_no_case_split() -> None:
    """One successor for all masks; its registers are conditional on the bits of RCX."""
    state = before(rax=0)
    outcomes = by_outcome(tdcall(state, ALL, 0))
    assert set(outcomes) == {Outcome.REFUSED, Outcome.COMPLETED}
    reached = outcomes[Outcome.COMPLETED]
    for register in EXPOSABLE:
        bit = 1 << mask_bit(register)
        assert after(reached, state, register, rcx=bit) == f"vmm.0.{register}"
        assert after(reached, state, register, rcx=~bit & WORD) == f"before.{register}"
    for register in ("rax", "rcx", "rsp"):
        assert register == "rax" or after(reached, state, register, rcx=WORD) in {f"before.{register}", str(WORD)}
    assert after(reached, state, "rcx", rcx=0xFFCC) == str(0xFFCC)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.integers(0, WORD), st.integers(0, 63).map(lambda bit: 1 << bit)), st.booleans())
def test_a_mask_with_reserved_bits_is_refused(mask: int, no_rbp_mod: bool) -> None:
    """Bits 0, 1, 4, 5 (with NO_RBP_MOD) and 63:32: the module never shows the VMM anything then."""
    model = Model(TDCALLS, SEAMCALLS, TDCALLS, SEAMCALLS, no_rbp_mod)
    reached = by_outcome(tdcall(before(rax=0), model, 0))[Outcome.COMPLETED]
    illegal = 0xFFFFFFFF00000013 | (0x20 if no_rbp_mod else 0)
    assert reserved_mask(no_rbp_mod) == illegal
    assert possible(reached, rcx=mask) == (mask & illegal == 0)
    refused = by_outcome(tdcall(before(rax=0), model, 0))[Outcome.REFUSED]
    assert possible(refused, rcx=mask)


@pytest.mark.parametrize("leaf", [leaf for leaf in TDCALLS if leaf.number], ids=lambda leaf: leaf.name)
def test_a_leaf_changes_the_registers_of_the_catalogue_and_no_other(leaf: Leaf) -> None:
    """Fresh values of the module, whom the obligations trust; RAX is its status."""
    state = before(rax=encodings(leaf)[-1])
    outcomes = by_outcome(tdcall(state, ALL, 1))
    assert set(outcomes) == {Outcome.REFUSED, Outcome.COMPLETED}
    assert set(outcomes[Outcome.REFUSED].changed) == {"rax"}
    for register in REGISTERS:
        expected = (
            f"module.1.{register}" if register in leaf.modified else after(outcomes[Outcome.REFUSED], state, register)
        )
        assert after(outcomes[Outcome.COMPLETED], state, register) == expected
    assert "rax" in leaf.modified
    assert "rsp" not in leaf.modified
    assert possible(outcomes[Outcome.COMPLETED])


@pytest.mark.parametrize(("name", "alike"), [("TDG.MEM.PAGE.ACCEPT", True), ("TDG.VP.INFO", False)])
def test_a_call_that_failed_is_a_refused_one_where_it_leaves_only_a_status(name: str, alike: bool) -> None:
    """Without a contract, and only then: what leaves more than a status is told apart in any case."""
    rax = encodings(load_catalogue("tdcall").leaves[name])[0]
    by_state = Model(TDCALLS, SEAMCALLS, TDCALLS, SEAMCALLS, by_state=True)
    for model, together in ((by_state, alike), (ALL, False)):
        completed = by_outcome(tdcall(before(rax=rax), model, 0))[Outcome.COMPLETED]
        failed = claripy.And(conjunction(completed.conditions), completed.changed["rax"] != 0)
        assert solved(failed) == (z3.unsat if together else z3.sat)


WITHIN = Model(TDCALLS, SEAMCALLS, TDCALLS, SEAMCALLS, within_failure=True)


@pytest.mark.parametrize(("model", "leaves"), [(tdcall, TDCALLS), (seamcall, SEAMCALLS)], ids=["tdcall", "seamcall"])
def test_a_refusal_within_failure_is_one_of_the_completed_calls(model: Any, leaves: tuple[Leaf, ...]) -> None:
    """It is left out only where a completed call may leave the same: every register as it was, and any status."""
    for leaf in (leaf for leaf in leaves if leaf.number is not None):
        state = before(rax=encodings(leaf)[-1])
        outcomes = by_outcome(model(state, WITHIN, 0))
        if leaf.number == 0:
            assert Outcome.REFUSED in outcomes  # what TDG.VP.VMCALL and TDH.VP.ENTER leave, the other side chose
            continue
        assert Outcome.REFUSED not in outcomes
        changed = outcomes[Outcome.COMPLETED].changed
        kept = [changed[r] == state[r] for r in leaf.modified - {"rax"} if r in changed]
        refused = claripy.And(*outcomes[Outcome.COMPLETED].conditions, changed["rax"] == 0xC000010000000000, *kept)
        assert solved(refused) == z3.sat, leaf.name


@pytest.mark.parametrize(("model", "rax"), [(tdcall, 0xFF0001), (seamcall, 0xFF0001), (tdcall, None), (seamcall, None)])
def test_a_call_that_can_only_be_refused_is(model: Any, rax: int | None) -> None:
    """A version that the leaf does not have, or a leaf that nobody knows."""
    state = before() if rax is None else before(rax=rax)
    assert Outcome.REFUSED in by_outcome(model(state, WITHIN, 0))


def test_vp_enter_changes_every_register_but_rsp() -> None:
    leaf = load_catalogue("tdcall").leaves["TDG.VP.ENTER"]
    state = before(rax=encodings(leaf)[0])
    completed = by_outcome(tdcall(state, ALL, 0))[Outcome.COMPLETED]
    kept = {register for register in GPRS if after(completed, state, register) == f"before.{register}"}
    assert kept == {"rsp"}


def test_a_symbolic_leaf_is_any_that_the_model_allows() -> None:
    """Registers that only some leaves change are conditional on RAX; leaves that are not allowed do not happen."""
    info = load_catalogue("tdcall").leaves["TDG.VP.INFO"]
    vmcall = load_catalogue("tdcall").leaves["TDG.VP.VMCALL"]
    state = before()
    model = Model((info, vmcall), SEAMCALLS, TDCALLS, SEAMCALLS)
    completed = by_outcome(tdcall(state, model, 0))[Outcome.COMPLETED]
    number = encodings(info)[0]
    assert possible(completed, rax=number)
    assert possible(completed, rax=0, rcx=0xC00)
    assert not possible(completed, rax=0, rcx=1)
    assert not possible(completed, rax=load_catalogue("tdcall").leaves["TDG.VP.ENTER"].number or -1)
    assert not possible(completed, rax=0xFFFF)
    assert after(completed, state, "r11", rax=number, rcx=0xC00) == "module.0.r11"
    assert after(completed, state, "r11", rax=0, rcx=0xC00) == "vmm.0.r11"
    assert after(completed, state, "r11", rax=0, rcx=0) == "before.r11"
    assert after(completed, state, "rax", rax=0, rcx=0xC00) == "0"
    assert after(completed, state, "rax", rax=number) == "module.0.rax"
    assert after(completed, state, "r12", rax=number, rcx=WORD) == "before.r12"


@pytest.mark.parametrize("rax", [13, 0xFFFF, 1 << 63])
def test_a_leaf_that_nobody_knows_is_refused_by_its_number(rax: int) -> None:
    with pytest.raises(UnmodelledCallError, match=f"leaf {rax:#x} is not in the catalogue"):
        list(tdcall(before(rax=rax), ALL, 0))


@pytest.mark.parametrize("rax", [1 | 0xFF << 16, 1 | 1 << 24, 1 | 1 << 32])
def test_a_version_that_nobody_has_is_refused_by_the_module(rax: int) -> None:
    """The dispatcher turns it down: only RAX changes, and no output may be expected."""
    outcomes = by_outcome(tdcall(before(rax=rax), ALL, 0))
    assert set(outcomes) == {Outcome.REFUSED}
    assert set(outcomes[Outcome.REFUSED].changed) == {"rax"}


def test_calls_of_one_path_have_answers_of_their_own() -> None:
    answers = set()
    for ordinal in range(3):
        reached = by_outcome(tdcall(before(rax=0, rcx=0xC00), ALL, ordinal))[Outcome.COMPLETED]
        answers.add(str(Translator().term(reached.changed["r11"])))
    assert answers == {"vmm.0.r11", "vmm.1.r11", "vmm.2.r11"}


# -- SEAMCALL ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaf", [one for one in SEAMCALLS if one.number is not None], ids=lambda leaf: leaf.name)
def test_seamcall_has_four_outcomes(leaf: Leaf) -> None:
    """A fault and VMfailInvalid change no register, a refusal only RAX and the vectors, the rest is the leaf's."""
    state = before(rax=encodings(leaf)[-1])
    outcomes = by_outcome(seamcall(state, ALL, 0))
    assert set(outcomes) == {Outcome.FAULT, Outcome.VMFAIL, Outcome.REFUSED, Outcome.COMPLETED}
    assert {outcome: one.carry for outcome, one in outcomes.items()} == {
        Outcome.FAULT: None,
        Outcome.VMFAIL: 1,
        Outcome.REFUSED: 0,
        Outcome.COMPLETED: 0,
    }
    assert not outcomes[Outcome.FAULT].changed
    assert not outcomes[Outcome.VMFAIL].changed
    assert set(outcomes[Outcome.REFUSED].changed) == {"rax", *XMMS}
    completed = outcomes[Outcome.COMPLETED]
    for register in GPRS:
        found = after(completed, state, register)
        if register not in leaf.modified:
            assert found == after(outcomes[Outcome.FAULT], state, register)
        else:
            assert found.partition(".")[0] in {"module", "vmm"}
            assert found.endswith(f".0.{register}")
    who = "vmm" if leaf.name == "TDH.VP.ENTER" else "module"  # the guest selects vector registers, too
    assert all(after(completed, state, xmm) == f"{who}.0.{xmm}" for xmm in XMMS)
    assert after(completed, state, "rax") == "module.0.rax"
    assert all(possible(one) for one in outcomes.values())


def test_what_the_guest_left_is_not_trusted() -> None:
    """TDH.VP.ENTER comes back with the guest's registers: to the host they are the other side's choice."""
    enter = load_catalogue("seamcall").leaves["TDH.VP.ENTER"]
    state = before(rax=encodings(enter)[0])
    completed = by_outcome(seamcall(state, ALL, 2))[Outcome.COMPLETED]
    assert {"rbx", "rbp", "r12", "r13", "r14", "r15"} <= enter.modified
    assert after(completed, state, "r12") == "vmm.2.r12"
    assert after(completed, state, "rax") == "module.2.rax"


@pytest.mark.parametrize("rax", [0xFFFF, 1 << 63 | 0xFFFF])
def test_an_unknown_seamcall_leaf_is_refused(rax: int) -> None:
    with pytest.raises(UnmodelledCallError, match=f"leaf {rax:#x} is not in the catalogue"):
        list(seamcall(before(rax=rax), ALL, 0))


def test_a_symbolic_seamcall_leaf_is_any_that_the_model_allows() -> None:
    chosen = tuple(leaf for leaf in SEAMCALLS if leaf.name in {"TDH.MNG.RD", "TDH.VP.WR"})
    assert len(chosen) == 2
    state = before()
    model = Model(TDCALLS, chosen, TDCALLS, SEAMCALLS)
    outcomes = by_outcome(seamcall(state, model, 0))
    completed = outcomes[Outcome.COMPLETED]
    for leaf in chosen:
        rax = encodings(leaf)[0]
        assert possible(completed, rax=rax)
        for register in GPRS[1:]:
            expected = f"module.0.{register}" if register in leaf.modified else f"before.{register}"
            assert after(completed, state, register, rax=rax) == expected
    assert not possible(completed, rax=0xFFFF)
    assert all(possible(outcomes[o], rax=0xFFFF) for o in (Outcome.FAULT, Outcome.VMFAIL, Outcome.REFUSED))
