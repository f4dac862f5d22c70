"""Every operator of claripy becomes the term that z3's own operator makes."""

from __future__ import annotations

from typing import Any

import pytest
import z3

from tdxprove import translation
from tdxprove.angr_api import claripy, symbol
from tdxprove.translation import Translator, UntranslatableError

A, B, C = (symbol(name, 64) for name in "abc")
P, Q, R = (symbol(name, 1) == 1 for name in "pqr")
a, b, c = (z3.BitVec(name, 64) for name in "abc")
p, q, r = (z3.BitVec(name, 1) == 1 for name in "pqr")

TERMS: list[tuple[Any, z3.ExprRef]] = [
    (A, a),
    (claripy.BVV((1 << 256) - 5, 256), z3.BitVecVal((1 << 256) - 5, 256)),
    (claripy.BVV(0, 8), z3.BitVecVal(0, 8)),
    (claripy.true(), z3.BoolVal(True)),
    (A + B + C, a + b + c),
    (A - B, a - b),
    (A * B, a * b),
    (A // B, z3.UDiv(a, b)),
    (A % B, z3.URem(a, b)),
    (A.SDiv(B), a / b),
    (A.SMod(B), z3.SRem(a, b)),
    (A & B & C, a & b & c),
    (A | B | C, a | b | c),
    (A ^ B ^ C, a ^ b ^ c),
    (~A, ~a),
    (-A, -a),
    (A << B, a << b),
    (A >> B, a >> b),
    (A.LShR(B), z3.LShR(a, b)),
    (claripy.RotateLeft(A, B), z3.RotateLeft(a, b)),
    (claripy.RotateRight(A, B), z3.RotateRight(a, b)),
    (claripy.Concat(A, B, C), z3.Concat(a, b, c)),
    (A[15:8], z3.Extract(15, 8, a)),
    (A.zero_extend(8), z3.ZeroExt(8, a)),
    (A.sign_extend(8), z3.SignExt(8, a)),
    (A == B, a == b),
    (A != B, a != b),
    (claripy.ULT(A, B), z3.ULT(a, b)),
    (claripy.ULE(A, B), z3.ULE(a, b)),
    (claripy.UGT(A, B), z3.UGT(a, b)),
    (claripy.UGE(A, B), z3.UGE(a, b)),
    (claripy.SLT(A, B), a < b),
    (claripy.SLE(A, B), a <= b),
    (claripy.SGT(A, B), a > b),
    (claripy.SGE(A, B), a >= b),
    (claripy.And(P, Q, R), z3.And(p, q, r)),
    (claripy.Or(P, Q, R), z3.Or(p, q, r)),
    (claripy.Not(claripy.And(P, Q)), z3.Not(z3.And(p, q))),
    (claripy.If(P, A, B), z3.If(p, a, b)),
    (claripy.If(P, A, claripy.BVV(3, 64)), z3.If(p, a, z3.BitVecVal(3, 64))),
]


@pytest.mark.parametrize(("expression", "term"), TERMS, ids=lambda one: str(one)[:30])
def test_the_term_is_the_one_that_z3_makes(expression: Any, term: z3.ExprRef) -> None:
    found = Translator().term(expression)
    assert type(found) is type(term)
    assert found.eq(term) or z3.is_true(z3.simplify(found == term)) or not_satisfiable(found, term)


def not_satisfiable(one: z3.ExprRef, other: z3.ExprRef) -> bool:
    """Are two terms never different? angr 10 writes some operators with others."""
    solver = z3.Solver()
    solver.add(one != other)
    return bool(solver.check() == z3.unsat)


def test_bytes_are_swapped() -> None:
    swapped = Translator().term(A.reversed)
    assert z3.simplify(z3.substitute(swapped, (a, z3.BitVecVal(0x0102_0304_0506_0708, 64)))) == 0x0807_0605_0403_0201


def test_each_part_is_translated_once_and_deep_expressions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    original = Translator._apply

    def apply(self: Translator, ast: Any, operands: list[Any]) -> Any:
        made.append(ast)
        return original(self, ast, operands)

    monkeypatch.setattr(Translator, "_apply", apply)
    deep = A
    for _ in range(5000):
        deep = (deep ^ B) * C
    translator = Translator()
    assert translator.term(deep + A).size() == 64
    once = len(made)
    assert translator.term(deep + A) is translator.term(deep + A)
    assert len(made) == once


def test_an_unknown_operator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in ("_FLAT", "_WORDS"):
        monkeypatch.delitem(getattr(translation, table), "__xor__")
    with pytest.raises(UntranslatableError, match="__xor__"):
        Translator().term(A ^ B)
