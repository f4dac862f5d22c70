"""Memory by regions: bytes come back as they were written, other regions do not notice, and no address is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from tdxprove.address import IndexedAddressError, UnresolvedAddressError, linear
from tdxprove.angr_api import claripy, symbol
from tdxprove.bytewise import join
from tdxprove.entry import EntryState, Field, Region
from tdxprove.image import Image, load_images
from tdxprove.memory import RegionMemory
from tdxprove.regions import Regions
from tdxprove.symbols import Origin, origin_of
from tdxprove.terms import evaluated
from tdxprove.translation import Translator
from tests.helpers import function

ENTRY = EntryState(
    registers={},
    stack={8: Field("arg.seventh"), 16: Field("arg.eighth", 32)},
    regions=(
        Region("args", "arg.args", 64, readable=True, writable=True),
        Region("out", "arg.out", 16, readable=False, writable=True),
        Region("text", "arg.text", 16, readable=True, writable=False),
        Region("buffer", "arg.buffer", None, readable=True, writable=True),
    ),
    stack_arguments_end=24,
    stack_writable_end=24,
    globals_writable=False,
)
RSP, ARGS, OUT, TEXT, BUFFER, GS = (
    symbol(name, 64) for name in ("entry.rsp", "arg.args", "arg.out", "arg.text", "arg.buffer", "entry.gs_base")
)
REST = """
.section .rodata
.globl constants
constants: .quad 0x1122334455667788, 0x99aabbccddeeff00
.weak maybe
.quad maybe
.data
.globl variable
variable: .quad 1, 2
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """An image with read-only and writable data."""
    (loaded,) = load_images(function(tmp_path_factory.mktemp("memory"), "ret", rest=REST))
    return loaded


@pytest.fixture
def memory(image: Image) -> RegionMemory:
    """A memory that nobody has used."""
    return RegionMemory(Regions(image, ENTRY))


def at(image: Image, name: str) -> int:
    """The address of a variable."""
    address = image.address_of(name)
    assert address is not None
    return address


def constant(value: int, bits: int = 64) -> Any:
    """A number as a term."""
    return claripy.BVV(value, bits)


def number(term: Any, values: Mapping[str, int] | None = None) -> int:
    """What a term is worth; symbols without a value are zero."""
    return int(evaluated(Translator().term(term), values or {}).as_long())


def objections(memory: RegionMemory) -> list[str]:
    """What the contract does not allow of the accesses so far."""
    return [access.what for access in memory.outside]


# -- contents ----------------------------------------------------------------------------------------------------------

SIZES = st.sampled_from([1, 2, 4, 8, 16])
ACCESSES = st.lists(st.tuples(st.booleans(), SIZES, st.integers(0, 47), st.integers(0, (1 << 128) - 1)), max_size=25)


@settings(max_examples=80, deadline=None)
@given(ACCESSES, st.lists(st.integers(0, (1 << 64) - 1), min_size=8, max_size=8), st.sampled_from([ARGS, RSP - 64]))
def test_any_accesses_behave_as_an_array_of_bytes(
    image: Image, accesses: list[tuple[bool, int, int, int]], words: list[int], base: Any
) -> None:
    """Unaligned, overlapping, of every size, little endian, over initial content that is unknown."""
    memory = RegionMemory(Regions(image, ENTRY))
    memory.frame.set_floor(-64)
    on_stack = base is not ARGS
    names = [f"stack[-{64 - 8 * n:#x}]" if on_stack else f"args[{8 * n:#x}]" for n in range(8)]
    values = dict(zip(names, words, strict=True))
    array = bytearray(b"".join(word.to_bytes(8, "little") for word in words))
    for write, size, offset, value in accesses:
        cut = value & ((1 << 8 * size) - 1)
        if write:
            memory.store(base + offset, constant(cut, 8 * size))
            array[offset : offset + size] = cut.to_bytes(size, "little")
        else:
            expected = int.from_bytes(array[offset : offset + size], "little")
            assert number(memory.load(base + offset, size), values) == expected
    assert not objections(memory)


def test_a_value_comes_back_as_the_same_expression(memory: RegionMemory) -> None:
    """Saving and restoring a register must not bury it: proofs compare by identity where they can."""
    value = symbol("entry.rbx", 64)
    memory.store(RSP - 8, value)
    memory.frame.set_floor(-8)
    assert memory.load(RSP - 8, 8) is value
    assert memory.load(RSP - 8, 4) is value[31:0]
    assert memory.load(RSP - 4, 4) is value[63:32]


VALUES = [
    symbol("v", 64),
    claripy.BVV(0x1122_3344_5566_7788, 64),
    symbol("v", 64)[31:0],
    symbol("b", 8),
    symbol("y", 256),
]


@given(st.lists(st.tuples(st.sampled_from(VALUES), st.integers(0, 31), st.integers(1, 32)), min_size=1, max_size=6))
def test_bytes_of_several_values_are_joined_as_if_one_by_one(runs: list[tuple[Any, int, int]]) -> None:
    pieces = [
        (value, index)
        for value, first, count in runs
        for index in range(first, first + count)
        if index < value.size() // 8
    ]
    if pieces:
        one_by_one = claripy.Concat(*(value[8 * i + 7 : 8 * i] for value, i in reversed(pieces)), claripy.BVV(0, 1))
        joined = claripy.Concat(join(pieces), claripy.BVV(0, 1))  # one alone is no concatenation
        term = Translator().term
        assert z3.is_true(z3.simplify(term(joined) == term(one_by_one)))


def test_a_register_of_two_halves_is_made_of_two_parts() -> None:
    low, high = symbol("low", 128), symbol("high", 256)
    joined = join([*((low, n) for n in range(16)), *((high, n) for n in range(16, 32))])
    assert joined is claripy.Concat(high[255:128], low)


def test_initial_content_is_named_in_aligned_words(memory: RegionMemory) -> None:
    assert memory.load(ARGS + 8, 8) is symbol("args[0x8]", 64)
    assert memory.load(ARGS + 8, 8) is memory.load(ARGS + 8, 8)
    assert number(memory.load(ARGS + 6, 4), {"args[0x0]": 0x1122334455667788, "args[0x8]": 0xAABBCCDD}) == 0xCCDD1122
    assert memory.load(RSP, 8) is symbol("entry.return_address", 64)
    assert memory.load(GS + 0x28, 8) is symbol("percpu[0x28]", 64)
    assert memory.load(BUFFER - 8, 8) is symbol("buffer[-0x8]", 64)


def test_arguments_on_the_stack_have_their_names_and_garbage_above(memory: RegionMemory) -> None:
    assert memory.load(RSP + 8, 8) is symbol("arg.seventh", 64)
    narrow = memory.load(RSP + 16, 8)
    assert narrow.variables == {"arg.eighth", "stack[0x10].high"}
    assert number(narrow, {"arg.eighth": 7, "stack[0x10].high": 9}) == 9 << 32 | 7


def test_regions_do_not_alias(memory: RegionMemory) -> None:
    """A write through one pointer changes nothing that another one points to, nor the stack, nor per-CPU data."""
    for base, value in ((ARGS, 1), (OUT, 2), (BUFFER, 3), (RSP + 8, 4)):
        memory.store(base, constant(value))
    assert [number(memory.load(base, 8)) for base in (ARGS, OUT, BUFFER, RSP + 8)] == [1, 2, 3, 4]
    assert memory.load(GS, 8) is symbol("percpu[0x0]", 64)


def test_a_copy_is_independent(memory: RegionMemory) -> None:
    """The two sides of a branch do not see each other's writes, floor, objections or unknowns."""
    memory.store(ARGS, constant(1))
    twin = memory.copy({})
    twin.store(ARGS, constant(2))
    twin.store(TEXT, constant(3))
    twin.frame.set_floor(-8)
    memory.store(ARGS + 8, constant(4))
    assert number(memory.load(ARGS, 8)) == 1
    assert number(twin.load(ARGS, 8)) == 2
    assert twin.load(ARGS + 8, 8) is symbol("args[0x8]", 64)
    assert (objections(memory), len(objections(twin))) == ([], 1)
    assert (memory.frame.floor, twin.frame.floor) == (0, -8)
    twin.forget("buffer")
    assert memory.load(BUFFER, 8) is symbol("buffer[0x0]", 64)
    assert twin.load(BUFFER, 8) is not symbol("buffer[0x0]", 64)


def test_what_code_outside_may_have_changed_is_new(memory: RegionMemory) -> None:
    memory.store(BUFFER, constant(1))
    before = memory.load(BUFFER + 8, 8)
    memory.forget("buffer")
    after = [memory.load(BUFFER, 8), memory.load(BUFFER + 8, 8)]
    assert all(value.op == "BVS" for value in after)
    assert len({before.args[0], *(value.args[0] for value in after)}) == 3
    memory.forget("buffer")
    assert memory.load(BUFFER, 8) is not after[0]
    memory.store(BUFFER, constant(5))
    assert number(memory.load(BUFFER, 8)) == 5


# -- the stack below RSP -----------------------------------------------------------------------------------------------


def test_below_rsp_nothing_is_known(memory: RegionMemory) -> None:
    """No red zone: an interrupt may overwrite it between any two instructions, so two reads need not agree."""
    memory.store(RSP - 8, constant(1))
    memory.frame.set_floor(0)  # the next instruction begins
    first, second = memory.load(RSP - 8, 8), memory.load(RSP - 8, 8)
    assert {first.op, second.op} == {"BVS"}
    assert first.args[0] != second.args[0]
    assert {origin_of(value.args[0]) for value in (first, second)} == {Origin.NOBODY}
    memory.store(RSP - 4, constant(0, 64))
    memory.frame.set_floor(0)
    assert memory.load(RSP - 4, 8).op == "BVS", "not even the half that lies above RSP"


def test_what_was_popped_is_lost(memory: RegionMemory) -> None:
    """Raising RSP over a slot and lowering it again does not bring the value back, and gives another one each time."""
    seen = set()
    for _ in range(3):
        memory.frame.set_floor(-16)
        memory.store(RSP - 16, constant(1))
        assert number(memory.load(RSP - 16, 8)) == 1
        memory.frame.set_floor(-8)
        memory.frame.set_floor(-16)
        value = memory.load(RSP - 16, 8)
        assert value.op == "BVS"
        seen.add(value.args[0])
    assert len(seen) == 3


def test_slots_above_rsp_stay(memory: RegionMemory) -> None:
    memory.frame.set_floor(-16)
    memory.store(RSP - 8, constant(7))
    memory.frame.set_floor(-8)
    assert number(memory.load(RSP - 8, 8)) == 7
    assert memory.load(RSP + 8, 8) is symbol("arg.seventh", 64)


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "base", "offset"),
    [
        (ARGS, ARGS, 0),
        (ARGS + 8, ARGS, 8),
        (8 + ARGS - 16, ARGS, -8),
        (ARGS + ((1 << 64) - 8), ARGS, -8),
        (ARGS + RSP - RSP + 3, ARGS, 3),
        ((ARGS - RSP) + (RSP + 4), ARGS, 4),
        (constant(5) + 6, None, 11),
        (ARGS - ARGS + 7, None, 7),
    ],
)
def test_addresses_are_split_into_a_base_and_a_constant(address: Any, base: Any, offset: int) -> None:
    found, distance = linear(address)
    assert found is base
    assert distance == offset


@pytest.mark.parametrize("address", [ARGS + RSP, ARGS + ARGS, RSP - ARGS, constant(0) - ARGS])
def test_an_address_has_one_base(address: Any) -> None:
    with pytest.raises(UnresolvedAddressError, match="is not one region's base plus a constant"):
        linear(address)


def test_a_choice_of_addresses_is_read_and_written_under_its_condition(memory: RegionMemory) -> None:
    """`cmov` between two pointers: neither object is forgotten, and the other one keeps its content."""
    flag = symbol("entry.rax", 64)
    chosen = claripy.If(flag == 0, ARGS, BUFFER) + 8
    memory.store(ARGS + 8, constant(1))
    memory.store(BUFFER + 8, constant(2))
    read = memory.load(chosen, 8)
    assert [number(read, {"entry.rax": value}) for value in (0, 5)] == [1, 2]
    memory.store(chosen, constant(9))
    for value, expected in ((0, (9, 2)), (5, (1, 9))):
        found = tuple(number(memory.load(base + 8, 8), {"entry.rax": value}) for base in (ARGS, BUFFER))
        assert found == expected
    assert not objections(memory)


def test_a_choice_inside_a_choice(memory: RegionMemory) -> None:
    first, second = symbol("entry.rax", 64), symbol("entry.rcx", 64)
    for offset, base in enumerate((ARGS, BUFFER, RSP + 8)):
        memory.store(base, constant(offset + 1))
    chosen = claripy.If(first == 0, ARGS, claripy.If(second == 0, BUFFER, RSP + 8))
    read = memory.load(chosen, 8)
    for values, expected in (((0, 0), 1), ((0, 1), 1), ((1, 0), 2), ((1, 1), 3)):
        assert number(read, dict(zip(("entry.rax", "entry.rcx"), values, strict=True))) == expected


def test_the_violation_of_one_choice_is_guarded_by_it(memory: RegionMemory) -> None:
    flag = symbol("entry.rax", 64)
    memory.store(claripy.If(flag == 0, TEXT, ARGS), constant(1))
    (access,) = memory.outside
    guard = Translator().term(access.guard)
    rax = z3.BitVec("entry.rax", 64)
    prove = z3.Solver()
    prove.add(guard != (rax == 0))
    assert prove.check() == z3.unsat
    assert number(memory.load(ARGS, 8), {"entry.rax": 0, "args[0x0]": 5}) == 5


@pytest.mark.parametrize(
    "address",
    [
        symbol("arg.args", 64) & ~7,
        symbol("entry.rax", 64) * 8,
        symbol("entry.rbx", 64) + symbol("entry.rcx", 64),
        claripy.If(symbol("entry.rax", 64) == 0, symbol("entry.rbx", 64) * 2, ARGS),
        symbol("entry.rsp", 64) & ~15,
    ],
    ids=str,
)
@pytest.mark.parametrize("write", [False, True])
def test_an_address_that_is_not_understood_is_refused_and_never_guessed(
    memory: RegionMemory, address: Any, write: bool
) -> None:
    """The content is as before: a refusal has no effect that a proof could rest on."""
    before = {name: dict(part.written.pieces) for name, part in memory.contents.items()}
    with pytest.raises(UnresolvedAddressError):
        _ = memory.store(address, constant(1)) if write else memory.load(address, 8)  # type: ignore[func-returns-value]
    assert {name: dict(part.written.pieces) for name, part in memory.contents.items()} == before
    assert not objections(memory)


def test_an_unknown_index_into_a_declared_object_is_a_question_for_the_solver(memory: RegionMemory) -> None:
    with pytest.raises(IndexedAddressError) as refusal:
        memory.load(ARGS + symbol("vmm.0.r11", 64), 8)
    assert (refusal.value.write, refusal.value.last) == (False, 56)
    assert number(refusal.value.offset, {"vmm.0.r11": 5, "arg.args": 1000}) == 5
    assert "64 bytes of args" in str(refusal.value)
    with pytest.raises(UnresolvedAddressError) as other:
        memory.load(BUFFER + symbol("vmm.0.r11", 64), 8)
    assert not isinstance(other.value, IndexedAddressError)


def test_pointers_read_from_memory_are_nobodys_objects(memory: RegionMemory) -> None:
    """What a caller's register or the VMM points to is a violation, what per-CPU data points to is not modelled."""
    with pytest.raises(UnresolvedAddressError, match="a pointer that no contract declares"):
        memory.load(memory.load(GS + 8, 8), 8)
    with pytest.raises(UnresolvedAddressError, match="a pointer that no contract declares"):
        memory.store(symbol("outside.kmalloc.3.rax", 64), constant(1))
    for name in ("vmm.0.r11", "entry.rbx", "args[0x0]", "nobody.1"):
        value = memory.load(symbol(name, 64), 8)
        assert value.op == "BVS"
    assert len(objections(memory)) == 4


# -- what the contract allows ------------------------------------------------------------------------------------------

ALLOWED: list[tuple[Any, int, bool]] = [
    (ARGS, 8, True),
    (ARGS + 56, 8, True),
    (ARGS + 63, 1, False),
    (OUT + 8, 8, True),
    (TEXT, 16, False),
    (BUFFER - 0x1000, 8, True),
    (BUFFER + 0x1000, 8, False),
    (RSP - 8, 8, True),
    (RSP, 8, False),
    (RSP, 8, True),
    (RSP + 16, 8, True),
    (GS + 0x28, 8, False),
]
REFUSED: list[tuple[Any, int, bool, str]] = [
    (ARGS + 57, 8, False, "reads 8 bytes at arg.args+0x39, outside the 64 bytes of args"),
    (ARGS + 64, 1, True, "writes 1 bytes at arg.args+0x40, outside the 64 bytes of args"),
    (ARGS - 1, 1, False, "reads 1 bytes at arg.args-0x1, outside the 64 bytes of args"),
    (ARGS - 8, 16, True, "writes 16 bytes at arg.args-0x8, outside the 64 bytes of args"),
    (OUT, 8, False, "which the contract does not allow to be read"),
    (TEXT, 8, True, "which the contract does not allow to be written"),
    (RSP + 24, 8, False, "in the caller's frame"),
    (RSP + 20, 8, False, "in the caller's frame"),
    (RSP + 24, 1, True, "in the caller's frame"),
    (RSP + 4, 8, True, "in the caller's frame"),
    (GS + 0x28, 8, True, "a variable that the contract does not name"),
    (constant(0x1000), 8, False, "reads 8 bytes at 0x1000, outside the image"),
    (symbol("entry.rbx", 64), 8, True, "writes 8 bytes at entry.rbx+0x0, which is not a declared object"),
]


def access(memory: RegionMemory, address: Any, size: int, write: bool) -> None:
    """Read or write."""
    if write:
        memory.store(address, constant(0, 8 * size))
    else:
        memory.load(address, size)


@pytest.mark.parametrize(("address", "size", "write"), ALLOWED, ids=str)
def test_accesses_inside_are_allowed(memory: RegionMemory, address: Any, size: int, write: bool) -> None:
    access(memory, address, size, write)
    assert not objections(memory)


@pytest.mark.parametrize(("address", "size", "write", "message"), REFUSED, ids=str)
def test_accesses_outside_are_named(memory: RegionMemory, address: Any, size: int, write: bool, message: str) -> None:
    access(memory, address, size, write)
    (found,) = objections(memory)
    assert message in found
    assert memory.outside[0].write is write
    assert memory.outside[0].guard.is_true()


def test_the_image(image: Image, memory: RegionMemory) -> None:
    """Read-only data is what the file holds, variables are unknown, and neither may be written unasked."""
    constants, variable = at(image, "constants"), at(image, "variable")
    assert number(memory.load(constant(constants + 1), 8)) == 0x0011223344556677
    assert memory.load(constant(variable), 8) is symbol(f"data[{variable:#x}]", 64)
    assert not objections(memory)
    memory.store(constant(constants), constant(0))
    memory.store(constant(variable), constant(0))
    assert "read-only" in objections(memory)[0] or "does not name" in objections(memory)[0]
    assert "a variable that the contract does not name" in objections(memory)[1]
    with pytest.raises(UnresolvedAddressError, match="whose content is not known"):
        memory.load(constant(constants + 16), 8)


def test_globals_may_be_written_where_the_contract_says_so(image: Image) -> None:
    free = EntryState({}, {}, (), 8, 8, globals_writable=True)
    memory = RegionMemory(Regions(image, free))
    memory.store(constant(at(image, "variable")), constant(7))
    memory.store(GS + 8, constant(8))
    assert (number(memory.load(constant(at(image, "variable")), 8)), number(memory.load(GS + 8, 8))) == (7, 8)
    assert not objections(memory)
    memory.store(constant(at(image, "constants")), constant(7))
    assert "in the read-only section .rodata" in objections(memory)[0]
