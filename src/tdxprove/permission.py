"""What a contract allows of an access to memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tdxprove import symbols
from tdxprove.address import UnresolvedAddressError, signed
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.entry import NO_STACK, EntryState
from tdxprove.image import Image
from tdxprove.regions import GLOBALS, Regions, Target
from tdxprove.symbols import Origin

_COUNTERS: Final = re.compile(r"__gcov\d[._].+|__llvm_gcov_ctr(\.\d+)?|__profc_.+|__sancov_gen_(\.\d+)?")
_COUNTING_SECTIONS: Final = frozenset({"__llvm_prf_cnts", "__sancov_cntrs"})
"""Where code counts how often it ran: GCC's -fprofile-arcs (gcc/coverage.cc), LLVM's --coverage, profiles
(compiler-rt/include/profile/InstrProfData.inc) and inline counters (SanitizerCoverage.cpp)."""

COUNTERS: Final = "the counters that the compiler put in for coverage or profiles are nobody's data"


@dataclass(frozen=True)
class Outside:
    """An access that no declared region allows; `guard` is the choice of address that leads there."""

    write: bool
    what: str
    guard: Ast


def violations(regions: Regions, target: Target, size: int, write: bool) -> Iterator[Outside]:
    """What the contract has against an access of `size` bytes at one place.

    Raises:
        UnresolvedAddressError: the pointer was read from memory that the contract says nothing about.
    """
    objection = _objection(regions, target, size, write)
    if objection is not None:
        yield Outside(write, f"{_verb(write)} {objection}", target.guard)
    region = regions.declared.get(target.region or "")
    if region is not None and region.optional:
        what = f"{_verb(write)} {region.name} where that pointer is NULL"
        yield Outside(write, what, claripy.And(target.guard, symbol(region.base, 64) == 0))


def counts(regions: Regions, target: Target, size: int) -> bool:
    """Are these bytes a counter that the compiler put in, and not a variable of the source?"""
    if target.region != symbols.DATA:
        return False
    section = regions.image.section_at(target.offset)
    if section is None or not section.writable or target.offset + size > section.address + section.size:
        return False
    if section.name in _COUNTING_SECTIONS:
        return True
    ends = [regions.image.data_at(at) for at in (target.offset, target.offset + size - 1)]
    return all(variable is not None and _COUNTERS.fullmatch(variable[0]) for variable in ends)


def _verb(write: bool) -> str:
    return "writes" if write else "reads"


def _objection(regions: Regions, target: Target, size: int, write: bool) -> str | None:
    """Why this access is not allowed, None if it is."""
    span = f"{size} bytes at {_place(regions, target)}"
    if target.region in {symbols.ELSEWHERE, symbols.SHADOW}:
        return None
    if target.region is None:
        if symbols.origin_of(target.base) in {Origin.MEMORY, Origin.OUTSIDE} or symbols.may_be_stored(target.base):
            raise UnresolvedAddressError(f"{_verb(write)} through {target.base}, a pointer that no contract declares")
        return f"{span}, which is not a declared object"
    if target.region == symbols.STACK:
        return _named(span, _against_stack(regions.entry, target.offset, size, write))
    if write and target.region in GLOBALS and not regions.entry.globals_writable:
        return f"{span}, a variable that the contract does not name"
    if target.region in {symbols.PERCPU, symbols.TLS}:
        return None
    if target.region == symbols.DATA:
        return _named(span, _against_image(regions.image, target.offset, size, write))
    region = regions.declared[target.region]
    if region.extent is not None and not 0 <= target.offset <= region.extent - size:
        return f"{span}, outside the {region.extent} bytes of {region.name}"
    if not (region.writable if write else region.readable):
        return f"{span}, which the contract does not allow to be {'written' if write else 'read'}"
    return None


def _place(regions: Regions, target: Target) -> str:
    """An address for a message: a variable by its name, of which objects know no final address."""
    if target.base:
        return f"{target.base}{signed(target.offset)}"
    variable = regions.image.data_at(target.offset) if target.region == symbols.DATA else None
    return hex(target.offset) if variable is None else f"{variable[0]}{signed(variable[1])}"


def _named(span: str, reason: str | None) -> str | None:
    return None if reason is None else f"{span}, {reason}"


def _against_stack(entry: EntryState, offset: int, size: int, write: bool) -> str | None:
    top = entry.stack_writable_end if write else entry.stack_arguments_end
    if offset < -entry.stack_size:
        return f"more than {entry.stack_size} bytes below the entry stack pointer"
    if top == NO_STACK:
        return "but the contract says that there is no stack"
    allowed = offset + size <= top and not (write and offset < symbols.WORD < offset + size)
    return None if allowed else "in the caller's frame"


def _against_image(image: Image, address: int, size: int, write: bool) -> str | None:
    section = image.section_at(address)
    if section is None and image.object_around(address) is not None:
        return None  # a variable of another file
    if image.is_slot(address, size):
        return "in the global offset table" if write else None
    if section is None or address + size > section.address + section.size:
        return "outside the image"
    if write and not section.writable:
        return f"in the read-only section {section.name}"
    return None
