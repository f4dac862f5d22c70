"""claripy expressions as Z3 terms, by the same operators for both versions of angr.

The terms are those that z3's Python operators make. They are made by the functions of Z3's C interface all the same:
the operators ask for the sorts of all operands first, which took most of the time of a translation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import z3

from tdxprove.angr_api import Ast

_FLAT: Final[dict[str, Callable[..., Any]]] = {
    "__add__": z3.Z3_mk_bvadd,
    "__sub__": z3.Z3_mk_bvsub,
    "__mul__": z3.Z3_mk_bvmul,
    "__and__": z3.Z3_mk_bvand,
    "__or__": z3.Z3_mk_bvor,
    "__xor__": z3.Z3_mk_bvxor,
    "Concat": z3.Z3_mk_concat,
}
"""Operators of which claripy makes one of many operands, and Z3 several of two."""

_WORDS: Final[dict[str, Callable[..., Any]]] = _FLAT | {
    "__floordiv__": z3.Z3_mk_bvudiv,
    "__mod__": z3.Z3_mk_bvurem,
    "SDiv": z3.Z3_mk_bvsdiv,
    "SMod": z3.Z3_mk_bvsrem,
    "__lshift__": z3.Z3_mk_bvshl,
    "__rshift__": z3.Z3_mk_bvashr,
    "LShR": z3.Z3_mk_bvlshr,
    "RotateLeft": z3.Z3_mk_ext_rotate_left,
    "RotateRight": z3.Z3_mk_ext_rotate_right,
}
"""Operators that make a bit vector of two."""

_COMPARISONS: Final[dict[str, Callable[..., Any]]] = {
    "__eq__": z3.Z3_mk_eq,
    **dict.fromkeys(("__ult__", "ULT", "__lt__"), z3.Z3_mk_bvult),
    **dict.fromkeys(("__ule__", "ULE", "__le__"), z3.Z3_mk_bvule),
    **dict.fromkeys(("__ugt__", "UGT", "__gt__"), z3.Z3_mk_bvugt),
    **dict.fromkeys(("__uge__", "UGE", "__ge__"), z3.Z3_mk_bvuge),
    "SLT": z3.Z3_mk_bvslt,
    "SLE": z3.Z3_mk_bvsle,
    "SGT": z3.Z3_mk_bvsgt,
    "SGE": z3.Z3_mk_bvsge,
}
"""Operators that make a truth value of two operands."""

_SETS: Final[dict[str, Callable[..., Any]]] = {
    "And": z3.Z3_mk_and,
    "Or": z3.Z3_mk_or,
    "__ne__": z3.Z3_mk_distinct,
}
"""Operators that make a truth value of any number of operands."""


class UntranslatableError(Exception):
    """A claripy operator that `Translator` does not know: the path that holds it is cut."""


class Translator:
    """Turns claripy expressions into Z3 terms, each subexpression once.

    Raises (from `term`):
        UntranslatableError: an operator without a known Z3 meaning.
    """

    def __init__(self) -> None:
        self._done: dict[int, Any] = {}
        self._kept: list[Ast] = []  # an expression that is freed would let its id be reused
        self._context = z3.main_ctx()
        self._c = self._context.ref()

    def term(self, root: Ast) -> Any:
        """The Z3 term of `root`; iterative, since long straight-line code nests deeply."""
        stack = [root]
        done = self._done
        while stack:
            ast = stack[-1]
            if id(ast) not in done:
                found = self._leaf(ast)
                if found is None:
                    children = [a for a in ast.args if hasattr(a, "op")]
                    missing = [a for a in children if id(a) not in done]
                    if missing:
                        stack.extend(missing)
                        continue
                    found = self._apply(ast, [done[id(a)] for a in children])
                done[id(ast)] = found
                self._kept.append(ast)
            stack.pop()
        return done[id(root)]

    def _leaf(self, ast: Ast) -> Any:
        if ast.op == "BVS":
            return z3.BitVec(ast.args[0], ast.size())
        if ast.op == "BVV":
            sort = z3.Z3_mk_bv_sort(self._c, ast.size())
            return z3.BitVecNumRef(z3.Z3_mk_numeral(self._c, str(ast.args[0]), sort), self._context)
        if ast.op == "BoolV":
            return z3.BoolVal(ast.args[0])
        return None

    def _apply(self, ast: Ast, operands: list[Any]) -> Any:
        op, args = ast.op, [operand.ast for operand in operands]
        if op in _WORDS and (len(args) == 2 or op in _FLAT):
            first, *rest = operands
            for other in rest:
                first = self._word(_WORDS[op](self._c, first.ast, other.ast))
            return first
        if op in _COMPARISONS:
            return z3.BoolRef(_COMPARISONS[op](self._c, *args), self._context)
        if op in _SETS:
            return z3.BoolRef(_SETS[op](self._c, len(args), (z3.Ast * len(args))(*args)), self._context)
        if op == "Not":
            return z3.BoolRef(z3.Z3_mk_not(self._c, *args), self._context)
        if op == "If":
            chosen = z3.Z3_mk_ite(self._c, *args)
            return z3.BoolRef(chosen, self._context) if z3.is_bool(operands[1]) else self._word(chosen)
        return self._of_one(ast, operands[0] if operands else None)

    def _of_one(self, ast: Ast, operand: Any) -> Any:
        if ast.op == "Extract":
            return self._word(z3.Z3_mk_extract(self._c, ast.args[0], ast.args[1], operand.ast))
        if ast.op == "ZeroExt":
            return self._word(z3.Z3_mk_zero_ext(self._c, ast.args[0], operand.ast))
        if ast.op == "SignExt":
            return self._word(z3.Z3_mk_sign_ext(self._c, ast.args[0], operand.ast))
        if ast.op == "__invert__":
            return self._word(z3.Z3_mk_bvnot(self._c, operand.ast))
        if ast.op == "__neg__":
            return self._word(z3.Z3_mk_bvneg(self._c, operand.ast))
        if ast.op == "Reverse":
            size = operand.size()
            return z3.Concat(*(z3.Extract(low + 7, low, operand) for low in range(0, size, 8))) if size > 8 else operand
        raise UntranslatableError(f"operator {ast.op} of claripy has no translation")

    def _word(self, term: Any) -> z3.BitVecRef:
        return z3.BitVecRef(term, self._context)
