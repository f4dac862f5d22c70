"""The small expression language of contracts: unsigned 64-bit arithmetic over what a reviewer sees in the prototype.

Syntax is Python's, parsed by Python's own parser and restricted to what has one meaning here: integers, arguments
(`size`), array elements (`gpa[0]`), struct fields (`args.r10`), registers after the call (`call.r11`) and, where it is
repeated, before it (`sent.r12`), variables of the image (`data.phys_base`), `+ - * & | ^ ~ << >>`, comparisons
(unsigned), `and or not`, `a if c else b`, and calls of the contract set's own definitions or of `low(x, bits)` (the low
bits, zero-extended).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift,
    ast.Invert, ast.Not, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Load)
_LEAVES = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)


class ExpressionError(ValueError):
    """The text is not an expression of this language; the message says what was found and expected."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression: its text, as reports show it, and its tree."""

    text: str
    tree: ast.expr

    @property
    def is_condition(self) -> bool:
        """Is it a truth value, not a number?"""
        return _is_condition(self.tree)

    def calls(self) -> Iterator[tuple[str, list[ast.expr]]]:
        """Definitions that it uses, with their values."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node.args

    def names(self) -> Iterator[tuple[str, str]]:
        """What it refers to: ("value", argument), ("memory", argument), ("field", name.field), ("call", definition)."""
        called = {id(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        inner = {id(n.value) for n in ast.walk(self.tree) if isinstance(n, ast.Attribute | ast.Subscript)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield "field", f"{ast.unparse(node.value)}.{node.attr}"
            elif isinstance(node, ast.Subscript):
                yield "memory", ast.unparse(node.value)
            elif isinstance(node, ast.Call):
                yield "call", ast.unparse(node.func)
            elif isinstance(node, ast.Name) and id(node) not in called | inner:
                yield "value", node.id


_LANGUAGE: Final = "arithmetic (+ - * & | ^ ~ << >>), comparisons, and, or, not, a if b else c"
_SHOWN: Final = 80
"""Characters of an expression that messages show."""
_LARGEST: Final = 1 << 64


def shown(source: str) -> str:
    """An expression as messages show it: quoted, and cut where it is long."""
    return repr(source if len(source) <= _SHOWN else f"{source[:_SHOWN]}...")


def parse(text: str | int) -> Expression:
    """Parse an expression or an integer.

    Raises:
        ExpressionError: anything that the language does not have.
    """
    source = str(text) if isinstance(text, str) or text < 10 else hex(text)
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        hint = "expected for example 'size', 'gpa[0]', 'call.r10' or 'a if b == 0 and not c < d else e'"
        raise ExpressionError(f"{shown(source)} is not an expression, {hint}") from None
    for node in ast.walk(tree):
        _check(node, source)
    for node in ast.walk(tree):
        _check_operands(node, source)
    return Expression(source, tree)


def _check(node: ast.AST, source: str) -> None:
    if isinstance(node, ast.Constant):
        if type(node.value) is not int:
            raise ExpressionError(f"{shown(source)} holds {node.value!r}, expected integers only")
        if not 0 <= node.value < _LARGEST:
            raise ExpressionError(f"{shown(source)} holds {node.value:#x}, expected at most 64 bits")
    elif isinstance(node, ast.Attribute | ast.Subscript):
        if not isinstance(node.value, ast.Name):
            raise ExpressionError(
                f"{shown(source)} reaches deeper than one field or element, expected one of an argument"
            )
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            raise ExpressionError(f"{shown(source)} has an index that is not a number, expected for example [0]")
    elif isinstance(node, ast.Compare):
        if len(node.ops) != 1:
            raise ExpressionError(f"{shown(source)} chains comparisons, expected 'a < b and b < c'")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise ExpressionError(
                f"{shown(source)} calls something that is not a definition, expected one, or low(value, bits)"
            )
    elif not isinstance(node, (*_NODES, *_LEAVES, *_OPERATORS)):
        raise ExpressionError(f"{shown(source)} uses {type(node).__name__}, expected {_LANGUAGE}")


def _is_condition(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Compare | ast.BoolOp) or (
        isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
    )


def _check_operands(node: ast.AST, source: str) -> None:
    """Numbers and truth values do not mix: to Z3 some mixtures would mean something."""
    values: list[ast.expr] = []
    conditions: list[ast.expr] = []
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            values = [left, right]
            by = right.value if isinstance(right, ast.Constant) else None
            if isinstance(operator, ast.LShift | ast.RShift) and isinstance(by, int) and by >= 64:
                raise ExpressionError(f"{shown(source)} shifts by {by}, expected less than 64")
        case ast.Compare(left=left, comparators=comparators):
            values = [left, *comparators]
        case ast.Call(args=args):
            values = args
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            conditions = [operand]
        case ast.UnaryOp(operand=operand):
            values = [operand]
        case ast.BoolOp(values=operands):
            conditions = operands
        case ast.IfExp(test=test, body=body, orelse=orelse):
            values, conditions = [body, orelse], [test]
    for operand in values:
        if _is_condition(operand):
            raise ExpressionError(f"{shown(source)}: '{ast.unparse(operand)}' is a condition, expected a value")
    for operand in conditions:
        if not _is_condition(operand):
            raise ExpressionError(f"{shown(source)}: '{ast.unparse(operand)}' is a value, expected a condition")


ALWAYS: Final = Expression("always", parse("0 == 0").tree)
"""The condition that holds everywhere."""
