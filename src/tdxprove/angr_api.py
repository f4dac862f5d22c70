"""The parts of angr that tdxprove uses, and all that differs between angr 9.2 (Python 3.11) and angr 10 (3.12 on).

angr 9.2 has claripy as a package of its own with Z3 behind it, angr 10 carries it inside and has no way to Z3 terms;
`Translator` translates the handful of operators itself, so that both versions hand the same formulas
to the same solver.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

logging.getLogger("angr").setLevel(logging.CRITICAL)  # what angr would warn about, a path's end names
logging.getLogger("pyvex").setLevel(logging.CRITICAL)
logging.getLogger("cle").setLevel(logging.CRITICAL)

import angr  # noqa: E402  (the loggers above must be silent before its import)
import pyvex  # noqa: E402
import z3  # noqa: E402
from angr.engines.vex.claripy import ccall  # noqa: E402
from angr.engines.vex.heavy.heavy import HeavyVEXMixin  # noqa: E402
from angr.errors import SimError  # noqa: E402
from angr.state_plugins.plugin import SimStatePlugin  # noqa: E402
from pyvex.lifting import register  # noqa: E402
from pyvex.lifting.util import GymratLifter, Instruction  # noqa: E402

try:
    from angr import claripy
except ImportError:  # angr 9.2
    import claripy

__all__ = [
    "Ast",
    "GymratLifter",
    "HeavyVEXMixin",
    "Instruction",
    "SimError",
    "SimStatePlugin",
    "Translator",
    "UntranslatableError",
    "angr",
    "ccall",
    "claripy",
    "new_state",
    "pyvex",
    "register",
    "symbol",
]

Ast = Any
"""A claripy bit vector or boolean: the two versions share no importable base class."""


def symbol(name: str, bits: int) -> Ast:
    """The unknown called `name`, the same object wherever it is asked for."""
    return claripy.BVS(name, bits, explicit_name=True)


def new_state(project: Any, plugins: dict[str, Any]) -> Any:
    """A bare SimState: no default options, so nothing is simplified, solved or concretised on the side."""
    return angr.SimState(project=project, mode="symbolic", plugins=plugins, options={angr.sim_options.DO_CCALLS})


def _flat(combine: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """claripy flattens chains of associative operators; Z3's Python operators are binary."""

    def apply(first: Any, *rest: Any) -> Any:
        for operand in rest:
            first = combine(first, operand)
        return first

    return apply


_OPERATORS: dict[str, Callable[..., Any]] = {
    "__add__": _flat(lambda a, b: a + b),
    "__sub__": _flat(lambda a, b: a - b),
    "__mul__": _flat(lambda a, b: a * b),
    "__floordiv__": z3.UDiv,
    "__mod__": z3.URem,
    "SDiv": lambda a, b: a / b,
    "SMod": z3.SRem,
    "__and__": _flat(lambda a, b: a & b),
    "__or__": _flat(lambda a, b: a | b),
    "__xor__": _flat(lambda a, b: a ^ b),
    "__invert__": lambda a: ~a,
    "__neg__": lambda a: -a,
    "__lshift__": lambda a, b: a << b,
    "__rshift__": lambda a, b: a >> b,
    "LShR": z3.LShR,
    "RotateLeft": z3.RotateLeft,
    "RotateRight": z3.RotateRight,
    "Concat": z3.Concat,
    "__eq__": lambda a, b: a == b,
    "__ne__": lambda a, b: a != b,
    "__ult__": z3.ULT,
    "__ule__": z3.ULE,
    "__ugt__": z3.UGT,
    "__uge__": z3.UGE,
    "ULT": z3.ULT,
    "ULE": z3.ULE,
    "UGT": z3.UGT,
    "UGE": z3.UGE,
    "__lt__": z3.ULT,
    "__le__": z3.ULE,
    "__gt__": z3.UGT,
    "__ge__": z3.UGE,
    "SLT": lambda a, b: a < b,
    "SLE": lambda a, b: a <= b,
    "SGT": lambda a, b: a > b,
    "SGE": lambda a, b: a >= b,
    "And": z3.And,
    "Or": z3.Or,
    "Not": z3.Not,
    "If": z3.If,
}


class UntranslatableError(Exception):
    """A claripy operator that `Translator` does not know: the path that holds it is cut."""


def _leaf(ast: Ast) -> Any:
    if ast.op == "BVS":
        return z3.BitVec(ast.args[0], ast.size())
    if ast.op == "BVV":
        return z3.BitVecVal(ast.args[0], ast.size())
    if ast.op == "BoolV":
        return z3.BoolVal(ast.args[0])
    return None


def _swap_bytes(term: Any) -> Any:
    size = term.size()
    return z3.Concat(*(z3.Extract(low + 7, low, term) for low in range(0, size, 8))) if size > 8 else term


def _apply(ast: Ast, operands: list[Any]) -> Any:
    if ast.op == "Extract":
        return z3.Extract(ast.args[0], ast.args[1], operands[0])
    if ast.op == "ZeroExt":
        return z3.ZeroExt(ast.args[0], operands[0])
    if ast.op == "SignExt":
        return z3.SignExt(ast.args[0], operands[0])
    if ast.op == "Reverse":
        return _swap_bytes(operands[0])
    operator = _OPERATORS.get(ast.op)
    if operator is None:
        raise UntranslatableError(f"operator {ast.op} of claripy has no translation")
    return operator(*operands)


class Translator:
    """Turns claripy expressions into Z3 terms, each subexpression once.

    Raises (from `term`):
        UntranslatableError: an operator without a known Z3 meaning.
    """

    def __init__(self) -> None:
        self._done: dict[Any, Any] = {}
        self._kept: list[Ast] = []  # an expression that is freed would let its id be reused

    def term(self, root: Ast) -> Any:
        """The Z3 term of `root`; iterative, since long straight-line code nests deeply."""
        stack = [root]
        while stack:
            ast = stack[-1]
            key = id(ast)
            if key in self._done:
                stack.pop()
                continue
            done = _leaf(ast)
            if done is None:
                children = [a for a in ast.args if hasattr(a, "op")]
                missing = [a for a in children if id(a) not in self._done]
                if missing:
                    stack.extend(missing)
                    continue
                done = _apply(ast, [self._done[id(a)] for a in children])
            self._done[key] = done
            self._kept.append(ast)
            stack.pop()
        return self._done[id(root)]
