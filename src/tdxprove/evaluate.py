"""Contract expressions as Z3 terms, over the symbols of the entry state and the answers of a call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import z3

from tdxprove import symbols
from tdxprove.contract import Contract
from tdxprove.errors import MissingVariableError, SpecError
from tdxprove.expression import Expression
from tdxprove.path import Place

DataLookup = Callable[[str], tuple[int, int] | None]
"""Name of a variable of the image to its address and size in bytes (None: no such variable)."""

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitOr: lambda a, b: a | b,
    ast.BitXor: lambda a, b: a ^ b,
    ast.LShift: lambda a, b: a << b,
    ast.RShift: z3.LShR,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: z3.ULT,
    ast.LtE: z3.ULE,
    ast.Gt: z3.UGT,
    ast.GtE: z3.UGE,
}


@dataclass(frozen=True)
class Scope:
    """What names mean.

    Args:
        contract: arguments and definitions.
        data: variables of the image.
        call: registers after the TDX call, where there is one.
        sent: registers before that call.
        parameters: of the definition being evaluated.
    """

    contract: Contract
    data: DataLookup
    call: Mapping[str, z3.BitVecRef] | None = None
    sent: Mapping[str, z3.BitVecRef] | None = None
    parameters: Mapping[str, z3.BitVecRef] | None = None


def initial(region: str, offset: int, size: int) -> z3.BitVecRef:
    """Content of memory at entry: `size` bytes at `offset` of a region, within one aligned word.

    Raises:
        SpecError: the piece crosses a word.
    """
    start = offset & ~(symbols.WORD - 1)
    low = 8 * (offset - start)
    if low + 8 * size > 64:
        raise SpecError(f"{region}: {size} bytes at {offset:#x} cross an 8-byte word, expected aligned fields")
    term = z3.BitVec(symbols.word(region, start), 64)
    return term if size == symbols.WORD else z3.Extract(low + 8 * size - 1, low, term)


def place_of(expression: Expression, contract: Contract) -> Place | str:
    """Where a contract's place is: a piece of memory, or the name of a register."""
    tree = expression.tree
    if isinstance(tree, ast.Name):
        return tree.id
    return _memory(tree, contract)


def _memory(tree: ast.expr, contract: Contract) -> Place:
    assert isinstance(tree, ast.Attribute | ast.Subscript) and isinstance(tree.value, ast.Name)
    argument = contract.argument(tree.value.id)
    assert argument is not None and argument.pointee is not None  # the contract reader has checked the names
    if isinstance(tree, ast.Attribute):
        offset, size = argument.pointee.fields[tree.attr]
        return Place(argument.name, offset, size)
    assert isinstance(tree.slice, ast.Constant) and isinstance(tree.slice.value, int)
    return Place(argument.name, tree.slice.value * argument.pointee.element, argument.pointee.element)


def exists(place: Place | str, contract: Contract) -> z3.BoolRef:
    """Is there such a place? Not in an object whose optional pointer is NULL."""
    argument = contract.argument(place.region) if isinstance(place, Place) else None
    if argument is None or argument.pointee is None or not argument.pointee.optional:
        return z3.BoolVal(True)
    return z3.BitVec(symbols.argument(argument.name), 64) != 0


def evaluate(expression: Expression, scope: Scope) -> z3.BitVecRef:
    """A value of 64 bits.

    Raises:
        SpecError: the expression is a condition, or names a variable that the image does not have.
    """
    term = _walk(expression.tree, scope)
    if z3.is_bool(term):
        raise SpecError(f"{_where(scope)}: {expression.text!r} is a condition, expected a value")
    return term


def condition(expression: Expression, scope: Scope) -> z3.BoolRef:
    """A truth value.

    Raises:
        SpecError: the expression is not a condition.
    """
    term = _walk(expression.tree, scope)
    if not z3.is_bool(term):
        raise SpecError(f"{_where(scope)}: {expression.text!r} is a value, expected a condition such as 'size != 0'")
    return term


def _where(scope: Scope) -> str:
    return f"{scope.contract.path}:{scope.contract.line}: contracts.{scope.contract.symbol}"


def _wide(term: z3.BitVecRef) -> z3.BitVecRef:
    return term if term.size() == 64 else z3.ZeroExt(64 - term.size(), term)


def _walk(tree: ast.expr, scope: Scope) -> Any:
    match tree:
        case ast.Constant(value=int(value)):
            return z3.BitVecVal(value, 64)
        case ast.Name(id=name):
            return _name(name, scope)
        case ast.Attribute(value=ast.Name(id="call" | "sent" as moment), attr=register):
            registers = scope.call if moment == "call" else scope.sent
            assert registers is not None  # the contract reader has checked where either may stand
            return registers[register]
        case ast.Attribute(value=ast.Name(id="data"), attr=variable):
            return _variable(variable, scope)
        case ast.Attribute() | ast.Subscript():
            place = _memory(tree, scope.contract)
            return _wide(initial(place.region, place.offset, place.size))
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return ~_walk(operand, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return z3.Not(_walk(operand, scope))
        case ast.BinOp(left=left, op=operator, right=right):
            return _BINARY[type(operator)](_walk(left, scope), _walk(right, scope))
        case ast.BoolOp(op=operator, values=values):
            terms = [_walk(value, scope) for value in values]
            return z3.And(*terms) if isinstance(operator, ast.And) else z3.Or(*terms)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _COMPARISONS[type(operator)](_walk(left, scope), _walk(right, scope))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return z3.If(_walk(test, scope), _walk(body, scope), _walk(orelse, scope))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, scope)
    raise SpecError(f"{_where(scope)}: {ast.unparse(tree)!r} has no meaning here")


def _name(name: str, scope: Scope) -> z3.BitVecRef:
    if scope.parameters is not None and name in scope.parameters:
        return scope.parameters[name]
    argument = scope.contract.argument(name)
    assert argument is not None  # the contract reader has checked the names
    return _wide(z3.BitVec(symbols.argument(name), argument.bits))


def _variable(name: str, scope: Scope) -> z3.BitVecRef:
    found = scope.data(name)
    if found is None:
        raise MissingVariableError(f"{_where(scope)}: the file has no variable {name}, nor refers to one")
    address, size = found
    return _wide(initial(symbols.DATA, address, size))


def _call(name: str, arguments: list[ast.expr], scope: Scope) -> z3.BitVecRef:
    if name == "low":
        value, bits = _walk(arguments[0], scope), arguments[1]
        if not isinstance(bits, ast.Constant) or bits.value not in (8, 16, 32):
            raise SpecError(f"{_where(scope)}: low(x, bits) takes 8, 16 or 32 bits")
        return _wide(z3.Extract(int(str(bits.value)) - 1, 0, value))
    definition = scope.contract.definitions[name]
    if len(arguments) != len(definition.parameters):
        raise SpecError(f"{_where(scope)}: {name} takes {len(definition.parameters)} values, found {len(arguments)}")
    values = dict(zip(definition.parameters, (_walk(a, scope) for a in arguments), strict=True))
    term: z3.BitVecRef = _walk(definition.value.tree, Scope(scope.contract, scope.data, parameters=values))
    return term
