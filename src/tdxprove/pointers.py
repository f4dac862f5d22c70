"""Functions whose addresses stand in data or in the operands of code: calls through pointers may come to them."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Collection, Iterable, Iterator

from tdxprove.binary import Buffer
from tdxprove.flow import loaded_addresses
from tdxprove.image import Image, Symbol
from tdxprove.leads import code_between, immediates, led_to, loaded_pointers, targets

_ABOUT_CODE = ("__ksymtab", "___ksymtab", "__mcount_loc", "__patchable_function_entries", "_kprobe_blacklist",
               ".discard", ".export_symbol", ".dynsym")  # fmt: skip
"""How the names of sections begin that list functions for other ends than calls, most of them Linux's."""

_ABOUT_PLACES = (".eh_frame", ".orc_", ".debug", ".rel", ".altinstructions", "__jump_table", "__bug_table",
                 ".static_call_sites", ".retpoline_sites", ".return_sites", ".call_sites", ".ibt_endbr_seal",
                 ".cfi_sites", ".smp_locks", ".gcc_except_table")  # fmt: skip
"""The same for sections that hold distances to instructions, which may be the first of a function."""


_LOW = 0xFFFF_FFFF


def outside_functions(image: Image) -> Iterator[int]:
    """Addresses of code that belongs to no function, as code loads them or as they stand in data."""
    code = [section for section in image.sections if section.executable]
    pointed = {at for section in code for at in loaded_addresses(image.code(section), section.address)}
    for section in image.sections:
        content = b"" if section.executable or section.name.startswith(_ABOUT_CODE) else image.code(section)
        pointed.update(word for (word,) in struct.iter_unpack("<Q", content[: len(content) // 8 * 8]))
    for at in pointed:
        if image.symbol_at(at) is None and any(s.address <= at < s.address + s.size for s in code):
            yield at


def taken(image: Image, functions: Iterable[Symbol]) -> set[int]:
    """Addresses that code loads, and those of the functions that stand in its operands or in data."""
    found: set[int] = set()
    for section in image.sections:
        content = b"" if section.name.startswith(_ABOUT_CODE) else image.code(section)
        width = 4 if section.executable else 8  # operands are extended
        low = (1 << 8 * width) - 1
        found |= {s.address for s in functions if (s.address & low).to_bytes(width, "little") in content}
        if not section.executable and not section.name.startswith(_ABOUT_PLACES):
            found.update(_distances(content, section.address))
        if section.executable:
            found.update(loaded_addresses(content, section.address))
            found.update(loaded_pointers(image, content, section.address))
    return found


def operands_among(image: Image, start: int, end: int, places: Collection[int]) -> Iterator[int]:
    """Those of some places whose addresses the code in [start, end) loads, or has as immediate operands.

    An operand of 32 bits names those that these can name.
    """
    code = code_between(image, start, end)
    yield from (at for at in loaded_addresses(code, start) if at in places)
    by_low = {at & _LOW: at for at in places}
    if not any(_holds(code, upper) for upper in {low >> 16 for low in by_low}):
        return
    for value in immediates(image, start, end):
        at = by_low.get(value & _LOW)
        if at is not None and (_extended(at) or value % (1 << 64) == at):
            yield at


def _holds(code: Buffer, upper: int) -> bool:
    return upper.to_bytes(2, "little") in bytes(code)


def _extended(address: int) -> bool:
    """Is an address one of 32 bits, extended with zeros or its sign? Of another, 32 bits are any small number."""
    return address < 1 << 32 or address >= (1 << 64) - (1 << 31)


def _distances(content: Buffer, address: int) -> Iterator[int]:
    """What 32-bit distances from their own place lead to, as initcalls of Linux are listed (include/linux/init.h)."""
    words = struct.iter_unpack("<i", content[: len(content) // 4 * 4])
    for place, (distance,) in zip(itertools.count(address, 4), words, strict=False):
        if distance:
            yield (place + distance) % (1 << 64)


def choices_at_load_time(image: Image, noreturn: frozenset[str]) -> dict[int, frozenset[int] | None]:
    """Where calls lead to whose target is chosen at load time (STT_GNU_IFUNC), with what may be chosen; None: anything.

    In a linked file, the address of the chosen function stands in the code of the resolver or of what that calls, or in
    data. In an object, where not every operand is settled, it may be anything.
    """
    if image.relocatable or not image.chosen:
        return dict.fromkeys(image.chosen)
    data = [
        image.code(section)
        for section in image.sections
        if not section.executable and not section.name.startswith((*_ABOUT_CODE, ".rela"))
    ]
    pointed = {word for content in data for (word,) in struct.iter_unpack("<Q", content[: len(content) // 8 * 8])}
    starts = {symbol.address for symbol in image.functions()}
    found: dict[int, frozenset[int] | None] = {}
    for address, resolvers in image.chosen.items():
        loaded = {at for resolver in resolvers for at in _loaded(image, resolver, noreturn)}
        found[address] = frozenset(starts & (pointed | loaded))
    return found


def _loaded(image: Image, resolver: int, noreturn: frozenset[str]) -> Iterator[int]:
    """What reads as an address that code loads before it returns."""
    seen: set[int] = set()
    pending = {resolver}
    while pending:
        found = image.symbol_at(pending.pop())
        if found is None or found[0].address in seen:
            continue
        seen.add(found[0].address)
        start, end = image.bounds(found[0])
        code = image.read(start, end - start) or b""
        yield from loaded_addresses(code, start)
        yield from loaded_pointers(image, code, start)
        for at in range(len(code) - 3):
            yield int.from_bytes(code[at : at + 4], "little", signed=True) % (1 << 64)
            yield int.from_bytes(code[at : at + 4], "little")
        pending.update(callee for target in targets(image, start, end, noreturn) for callee in led_to(image, target))
