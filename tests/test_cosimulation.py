"""The proof engine and Unicorn agree on every instruction of the wrappers, the cases and the list of modelled ones."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import z3
from angr.engines.vex.claripy import ccall

from tdxprove import translation
from tdxprove.angr_api import Ast, claripy
from tdxprove.instructions import MODELLED
from tdxprove.memory import RegionMemory
from tdxprove.vex import ProofEngine
from tests import cosimulation
from tests.cosimulation import ROOT, Population, Simulation

SEED = 1
RUNS = 10_000
CHUNKS = 8

UNREACHABLE = {"rep ret": "f3 c3, which capstone calls 'repz ret'"}
"""Names on the list that no encoding has."""

LEFT_OUT = {"0f22d8 mov cr3, rax": frozenset({"endless-error-not-modelled"})}
"""Instructions without a model in cases that are proved all the same, for a proof leaves out what never returns
(endless.py): each with the cases, so that no other instruction slips in."""

Patch = Callable[[pytest.MonkeyPatch], None]


@cache
def population() -> Population:
    found = cosimulation.population()
    gc.freeze()  # as in the command
    return found


@cache
def proving() -> frozenset[str]:
    """Sources that must be proved."""
    seed = {path.stem for path in (ROOT / "wrappers/seed").glob("*.S")}
    cases = {path.stem for path in (ROOT / "tests/cases").glob("*.s") if "\n# expect: proved\n" in path.read_text()}
    return frozenset(seed | cases)


def test_population_has_every_modelled_mnemonic() -> None:
    assert MODELLED - set(population().by_mnemonic) == set(UNREACHABLE) | set(cosimulation.NOT_COMPARED)


def test_population_has_what_ships() -> None:
    sources = {origin for item in population().shipped for origin in item.origins}
    assert {path.stem for path in (ROOT / "wrappers/seed").glob("*.S")} <= sources
    assert len(sources) > 100


def test_lifter_takes_what_is_proved() -> None:
    refused = {text: where & proving() for text, where in population().unlifted.items()}
    assert {text: where for text, where in refused.items() if where} == LEFT_OUT


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_engine_and_unicorn_agree(chunk: int) -> None:
    """The runs of `python tests/cosimulation.py --seed 1 --runs 10000`, every eighth of them."""
    simulation = Simulation(population(), SEED)
    for number in range(chunk, RUNS, CHUNKS):
        simulation.run(number)
    tally = simulation.tally
    found = "\n".join(tally.disagreements[:10])
    assert not found, f"{len(tally.disagreements)} disagreements in {tally.runs} runs:\n{found}"
    assert tally.symbolic > tally.runs * cosimulation.SYMBOLIC / 2
    alone = population().items[chunk::CHUNKS]
    left_out = [item for item in alone if item.address not in tally.encodings]
    assert not [item.text for item in left_out if item.origins & proving()]
    assert len(left_out) < len(alone) / 20, "too many instructions are refused or cannot be reached"


def wrong_addition(patch: pytest.MonkeyPatch) -> None:
    """64-bit additions subtract."""
    original = ProofEngine._perform_vex_expr_Op

    def perform(self: ProofEngine, operation: str, operands: Any) -> Any:
        return original(self, "Iop_Sub64" if operation == "Iop_Add64" else operation, operands)

    patch.setattr(ProofEngine, "_perform_vex_expr_Op", perform)


def wrong_extension(patch: pytest.MonkeyPatch) -> None:
    """32-bit results are sign-extended."""
    original = ProofEngine._perform_vex_expr_Op

    def perform(self: ProofEngine, operation: str, operands: Any) -> Any:
        return original(self, "Iop_32Sto64" if operation == "Iop_32Uto64" else operation, operands)

    patch.setattr(ProofEngine, "_perform_vex_expr_Op", perform)


def wrong_byte_order(patch: pytest.MonkeyPatch) -> None:
    """Memory is written with the highest byte first."""
    original = RegionMemory.store

    def store(self: RegionMemory, addr: Ast, data: Ast, **rest: Any) -> None:
        original(self, addr, claripy.Reverse(data) if data.size() > 8 else data, **rest)

    patch.setattr(RegionMemory, "store", store)


def wrong_carry(patch: pytest.MonkeyPatch) -> None:
    """Subtractions have the carry of additions."""
    patch.setattr(ccall, "pc_actions_SUB", ccall.pc_actions_ADD)


def wrong_translation(patch: pytest.MonkeyPatch) -> None:
    """Z3 shifts zeros in where claripy shifts the sign in: only runs over symbols can tell."""
    patch.setitem(translation._WORDS, "__rshift__", z3.Z3_mk_bvlshr)


@pytest.mark.parametrize(
    ("fault", "mnemonic", "symbolic"),
    [
        (wrong_addition, "pop", 0.0),
        (wrong_extension, "mov", 0.0),
        (wrong_byte_order, "push", 0.0),
        (wrong_carry, "sub", 0.0),
        (wrong_translation, "sar", 1.0),
    ],
)
def test_a_wrong_engine_is_caught(
    monkeypatch: pytest.MonkeyPatch, fault: Patch, mnemonic: str, symbolic: float
) -> None:
    fault(monkeypatch)
    simulation = Simulation(population(), SEED, symbolic)
    for number, item in enumerate(population().items):
        if item.mnemonic == mnemonic and not simulation.tally.disagreements:
            simulation.run(number)
    assert simulation.tally.disagreements
    assert f"--seed {SEED} --only" in simulation.tally.disagreements[0]
