"""The expression language means unsigned 64-bit arithmetic, says no to everything else, and says why."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from tdxprove.contract import Argument, Contract, Definition, Pointee
from tdxprove.contract_file import load_contracts
from tdxprove.errors import SpecError
from tdxprove.evaluate import Scope, condition, evaluate, initial, place_of
from tdxprove.expression import ExpressionError, parse
from tdxprove.path import Place

WORD = (1 << 64) - 1
WORDS = st.integers(0, WORD)
EDGES = st.sampled_from([0, 1, 2, 63, 64, 65, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, WORD - 1, WORD])
VALUES = st.one_of(WORDS, EDGES)
VARIABLES: Mapping[str, tuple[int, int]] = {"phys_base": (0x1000, 8), "cc_vendor": (0x1014, 4), "odd": (0x1004, 8)}


@cache
def contract() -> Contract:
    """A contract with arguments of every kind and two definitions."""
    array = Pointee(32, 8, {}, readable=True, writable=True)
    narrow = Pointee(8, 2, {}, readable=True, writable=True)
    struct = Pointee(24, 8, {"first": (0, 8), "last": (16, 8)}, readable=True, writable=True)
    arguments = (
        *(Argument(name) for name in "abc"),
        Argument("wide", 64),
        Argument("half", 32),
        Argument("byte", 8),
        Argument("array", 64, array),
        Argument("narrow", 64, narrow),
        Argument("args", 64, struct),
    )
    definitions = {
        "twice": Definition(("x",), parse("x + x")),
        "difference": Definition(("x", "y"), parse("x - y if x >= y else y - x")),
        "relocated": Definition(("a",), parse("a + data.phys_base")),  # the parameter hides the argument
    }
    known = load_contracts("seed").contracts["tdvmcall_halt"]
    return replace(known, arguments=arguments, definitions=definitions, path=Path("mine.yaml"), line=7, symbol="f")


def scope() -> Scope:
    """Names of that contract, registers after a call, and the variables of an image."""
    return Scope(contract(), VARIABLES.get, {"r11": z3.BitVec("vmm.0.r11", 64), "rax": z3.BitVecVal(5, 64)})


def number(term: z3.ExprRef, values: Mapping[str, int]) -> int:
    """The term as a number, its symbols being 64 bits wide unless the name says otherwise."""
    bits = {"arg.half": 32, "arg.byte": 8}
    known = [(z3.BitVec(n, bits.get(n, 64)), z3.BitVecVal(v, bits.get(n, 64))) for n, v in values.items()]
    result = z3.simplify(z3.substitute(term, *known))
    if z3.is_bool(result):
        return int(z3.is_true(result))
    assert z3.is_bv_value(result), result
    return int(result.as_long())


def shifted(function: Callable[[int, int], int]) -> Callable[[int, int], int]:
    """Python shifts by any count; a shift of 64 bits or more leaves nothing."""
    return lambda a, b: function(a, b) & WORD if b < 64 else 0


BINARY: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": shifted(operator.lshift),
    ">>": shifted(operator.rshift),
}
COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.mark.parametrize("sign", BINARY)
@given(a=VALUES, b=VALUES)
@settings(max_examples=60, deadline=None)
def test_arithmetic_is_modulo_2_to_the_64(sign: str, a: int, b: int) -> None:
    term = evaluate(parse(f"a {sign} b"), scope())
    assert number(term, {"arg.a": a, "arg.b": b}) == BINARY[sign](a, b) & WORD


@pytest.mark.parametrize("sign", COMPARISONS)
@given(a=VALUES, b=VALUES)
@settings(max_examples=60, deadline=None)
def test_comparisons_are_unsigned(sign: str, a: int, b: int) -> None:
    term = condition(parse(f"a {sign} b"), scope())
    assert number(term, {"arg.a": a, "arg.b": b}) == COMPARISONS[sign](a, b)


@given(a=VALUES, b=VALUES, c=VALUES)
@settings(max_examples=60, deadline=None)
def test_logic_choice_and_complement(a: int, b: int, c: int) -> None:
    values = {"arg.a": a, "arg.b": b, "arg.c": c}
    assert number(evaluate(parse("~a"), scope()), values) == ~a & WORD
    assert number(evaluate(parse("b if a < b else c"), scope()), values) == (b if a < b else c)
    assert number(condition(parse("not a == b"), scope()), values) == (a != b)
    assert number(condition(parse("a < b and b < c and c != 0"), scope()), values) == (a < b < c != 0)
    assert number(condition(parse("a < b or b < c or c == 0"), scope()), values) == (a < b or b < c or c == 0)


def compound() -> st.SearchStrategy[str]:
    """Random expressions over three arguments."""
    leaves = st.one_of(st.sampled_from(["a", "b", "c"]), st.integers(0, WORD).map(hex), EDGES.map(str))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "&", "|", "^"]), inner).map(
                lambda t: "({} {} {})".format(*t)
            ),
            inner.map(lambda text: f"(~{text})"),
            st.tuples(inner, inner, st.sampled_from(list(COMPARISONS)), inner).map(
                lambda t: f"({t[0]} if {t[1]} {t[2]} {t[3]} else {t[1]})"
            ),
        ),
        max_leaves=8,
    )


def reference(tree: ast.expr, names: Mapping[str, int]) -> int:
    """What Python makes of the tree, every value cut to 64 bits."""
    match tree:
        case ast.Constant(value=int(value)):
            return value & WORD
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(operand=operand):
            return ~reference(operand, names) & WORD
        case ast.BinOp(left=left, op=op, right=right):
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}[
                type(op)
            ]
            return BINARY[sign](reference(left, names), reference(right, names)) & WORD
        case ast.IfExp(test=ast.Compare(left=left, ops=[op], comparators=[right]), body=body, orelse=orelse):
            signs = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
            holds = COMPARISONS[signs[type(op)]](reference(left, names), reference(right, names))
            return reference(body if holds else orelse, names)
    raise AssertionError(ast.dump(tree))


@given(compound(), VALUES, VALUES, VALUES)
@settings(max_examples=150, deadline=None)
def test_compound_expressions_bind_as_in_python(text: str, a: int, b: int, c: int) -> None:
    names = {"a": a, "b": b, "c": c}
    term = evaluate(parse(text), scope())
    assert number(term, {f"arg.{n}": v for n, v in names.items()}) == reference(
        ast.parse(text, mode="eval").body, names
    )


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_narrow_values_are_zero_extended(a: int) -> None:
    """An argument of 32 bits has no upper half, and `low` keeps the low bits."""
    assert number(evaluate(parse("half + 0"), scope()), {"arg.half": a & 0xFFFFFFFF}) == a & 0xFFFFFFFF
    assert number(evaluate(parse("byte"), scope()), {"arg.byte": a & 0xFF}) == a & 0xFF
    for bits in (8, 16, 32):
        assert number(evaluate(parse(f"low(a, {bits})"), scope()), {"arg.a": a}) == a & ((1 << bits) - 1)


@given(VALUES, VALUES)
@settings(max_examples=60, deadline=None)
def test_definitions_are_their_formulas(a: int, b: int) -> None:
    values = {"arg.a": a, "arg.b": b, "data[0x1000]": 0x100}
    assert number(evaluate(parse("twice(a)"), scope()), values) == 2 * a & WORD
    assert number(evaluate(parse("difference(a, b)"), scope()), values) == abs(a - b)
    assert number(evaluate(parse("difference(twice(b), low(a, 8))"), scope()), values) == abs(
        (2 * b & WORD) - (a & 0xFF)
    )
    assert number(evaluate(parse("relocated(b)"), scope()), values) == (b + 0x100) & WORD


def test_memory_registers_and_variables() -> None:
    def named(text: str) -> str:
        return str(evaluate(parse(text), scope()))

    assert named("array[0]") == "array[0x0]"
    assert named("array[3]") == "array[0x18]"
    assert named("args.last") == "args[0x10]"
    assert named("call.r11") == "vmm.0.r11"
    assert named("data.phys_base") == "data[0x1000]"
    word = 0x1122334455667788
    assert number(evaluate(parse("narrow[1]"), scope()), {"narrow[0x0]": word}) == 0x5566
    assert number(evaluate(parse("data.cc_vendor"), scope()), {"data[0x1010]": word}) == 0x11223344


def test_places() -> None:
    assert place_of(parse("rax"), contract()) == "rax"
    assert place_of(parse("array[2]"), contract()) == Place("array", 16, 8)
    assert place_of(parse("narrow[3]"), contract()) == Place("narrow", 6, 2)
    assert place_of(parse("args.last"), contract()) == Place("args", 16, 8)


def test_initial_memory_is_read_within_one_word() -> None:
    assert str(initial("x", 8, 8)) == "x[0x8]"
    assert str(initial("x", -8, 8)) == "x[-0x8]"
    assert number(initial("x", 5, 2), {"x[0x0]": 0x1122334455667788}) == 0x2233
    for offset, size in ((1, 8), (7, 2), (-1, 2), (0, 9)):
        with pytest.raises(SpecError, match="cross an 8-byte word, expected aligned fields"):
            initial("x", offset, size)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not an expression"),
        ("a +", "is not an expression"),
        ("a = 1", "is not an expression"),
        ("a; b", "is not an expression"),
        ("a\nb", "is not an expression"),
        ("(" * 300 + "a" + ")" * 300, "is not an expression"),
        ("1.5", "holds 1.5, expected integers only"),
        ("'a'", "holds 'a', expected integers only"),
        ("True", "holds True, expected integers only"),
        ("None", "holds None, expected integers only"),
        ("1j", "holds 1j, expected integers only"),
        ("...", "holds Ellipsis, expected integers only"),
        ("a / b", "uses Div"),
        ("a // b", "uses FloorDiv"),
        ("a % b", "uses Mod"),
        ("a ** b", "uses Pow"),
        ("a @ b", "uses MatMult"),
        ("-a", "uses USub"),
        ("+a", "uses UAdd"),
        ("a in b", "uses In"),
        ("a is b", "uses Is"),
        ("a < b < c", "chains comparisons, expected 'a < b and b < c'"),
        ("[a]", "uses List"),
        ("(a, b)", "uses Tuple"),
        ("{a}", "uses Set"),
        ("{}", "uses Dict"),
        ("lambda: a", "uses Lambda"),
        ("[x for x in a]", "uses ListComp"),
        ("(a := 1)", "uses NamedExpr"),
        ("f'{a}'", "uses JoinedStr"),
        ("await a", "uses Await"),
        ("args.first.x", "reaches deeper than one field or element"),
        ("array[0][0]", "reaches deeper than one field or element"),
        ("(a + b).x", "reaches deeper than one field or element"),
        ("array[a]", "has an index that is not a number"),
        ("array[0:1]", "has an index that is not a number"),
        ("array[-1]", "has an index that is not a number"),
        ("args.first()", "calls something that is not a definition"),
        ("twice(x=a)", "calls something that is not a definition"),
        ("(a)(b)(a)", "calls something that is not a definition"),
        ("twice(*a)", "uses Starred"),
        ("__import__('os').system('true')", "calls something that is not a definition"),
    ],
)
def test_what_the_language_does_not_have(text: str, problem: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert problem in str(refusal.value)
    assert repr(text)[:60] in str(refusal.value)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize("text", ["array[True]", "array['a']", "array[1.0]"])
def test_an_index_is_an_integer(text: str) -> None:
    with pytest.raises(ExpressionError, match="expected integers only"):
        parse(text)


@given(st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(ExpressionError):
        parse(text)


def test_integers_are_shown_as_programmers_write_them() -> None:
    assert parse(5).text == "5"
    assert parse(0x10001).text == "0x10001"
    assert number(evaluate(parse(0x10001), scope()), {}) == 0x10001


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a == b", "'a == b' is a condition, expected a value"),
        ("a < b and b < c", "is a condition, expected a value"),
        ("data.missing", "the file has no variable missing"),
        ("data.odd", "8 bytes at 0x1004 cross an 8-byte word"),
        ("low(a, 7)", "low(x, bits) takes 8, 16 or 32 bits"),
        ("low(a, b)", "low(x, bits) takes 8, 16 or 32 bits"),
        ("twice(a, b)", "twice takes 1 values, found 2"),
        ("difference(a)", "difference takes 2 values, found 1"),
    ],
)
def test_values_that_are_none(text: str, problem: str) -> None:
    with pytest.raises(SpecError) as refusal:
        evaluate(parse(text), scope())
    assert problem in str(refusal.value)


@pytest.mark.parametrize("text", ["a", "1", "a + b", "array[0]", "a if a < b else b"])
def test_a_value_is_no_condition(text: str) -> None:
    expected = (
        rf"^mine.yaml:7: contracts.f: '{text.replace('[', chr(92) + '[').replace('+', chr(92) + '+')}' is a value"
    )
    with pytest.raises(SpecError, match=expected):
        condition(parse(text), scope())


MIXED = {
    "(a == b) + 1": "'a == b' is a condition, expected a value",
    "~(a == b)": "'a == b' is a condition, expected a value",
    "(a == b) < c": "'a == b' is a condition, expected a value",
    "twice(a == b)": "'a == b' is a condition, expected a value",
    "low(a == b, 8)": "'a == b' is a condition, expected a value",
    "(a == b) if a == c else c": "'a == b' is a condition, expected a value",
    "c if a == c else not a == b": "'not a == b' is a condition, expected a value",
    "not a": "'a' is a value, expected a condition",
    "a == b and c": "'c' is a value, expected a condition",
    "a or b == c": "'a' is a value, expected a condition",
    "b if a else c": "'a' is a value, expected a condition",
    "a + (b if c & 1 else b)": "'c & 1' is a value, expected a condition",
}


@pytest.mark.parametrize("text", MIXED)
def test_conditions_and_values_do_not_mix(text: str) -> None:
    """A condition is no number and a number no condition, however deep: to Z3 some mixtures would mean something."""
    with pytest.raises(ExpressionError) as refusal:
        parse(text)
    assert str(refusal.value) == f"{text!r}: {MIXED[text]}"
