"""What operands of code speak of in writable data: places that are read, written, or whose addresses are taken."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import capstone

from tdxprove.image import Image
from tdxprove.leads import code_between

_RELATIVE: Final = re.compile(r"\[rip(?: ([+-]) (0x[0-9a-f]+|\d+))?\]")
_NUMBER: Final = re.compile(r"(?<![\w])(-|- )?(0x[0-9a-f]+)")
"""Absolute addresses, distances from a register, and immediate operands."""

_ADDRESSES: Final = 1 << 64

_detailed = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_detailed.detail = True
_detailed.skipdata = True  # the TDX instructions are unknown to capstone

_known: WeakKeyDictionary[Image, list[Reference]] = WeakKeyDictionary()


@dataclass(frozen=True, order=True)
class Reference:
    """An instruction with an operand that is, or may be, an address of writable data.

    It lies at `at`, in the code in [start, end) that is decoded together.
    """

    place: int
    at: int
    start: int
    end: int


def references(image: Image, places: range) -> Iterator[Reference]:
    """Yield what speaks of some addresses; all code is decoded the first time that an image is asked for."""
    if image not in _known:
        _known[image] = sorted(_all(image))
    found = _known[image]
    for at in range(bisect_left(found, places.start, key=lambda one: one.place), len(found)):
        if found[at].place >= places.stop:
            break
        yield found[at]


def instructions(image: Image, start: int, end: int) -> list[Any]:
    """The instructions of a stretch of code, capstone's, with their operands; what it does not know has none."""
    return list(_detailed.disasm(bytes(code_between(image, start, end)), start))


def stretches(image: Image) -> Iterator[tuple[int, int]]:
    """Yield start and end of everything that is known to be code: functions, their outlying parts, labels between.

    Where functions were found by control flow, what none of them leads to is data.
    """
    functions = [image.bounds(symbol) for symbol in image.functions()]
    for section in image.sections:
        if not section.executable:
            continue
        at, last = section.address, section.address + section.size
        inside = sorted((low, high) for low, high in functions if section.address <= low < last)
        for low, high in (*inside, (last, last)):
            if at < low:
                yield from _parts(image, at, low) if image.inferred else [(at, low)]
            if low < high:
                yield low, high
            at = max(at, high)


def _parts(image: Image, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Instructions between functions that a function leads to, as stretches without a gap."""
    at = low
    while at < high:
        if image.symbol_at(at) is None:
            at += 1
            continue
        start = at
        while at < high and image.symbol_at(at) is not None:
            at += next((one.size for one in _detailed.disasm(bytes(code_between(image, at, high)[:15]), at)), 1)
        yield start, at


def _all(image: Image) -> Iterator[Reference]:
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True
    data = [(s.address, s.address + s.size) for s in image.sections if s.writable and s.size]
    for start, end in stretches(image):
        for at, size, mnemonic, operands in decoder.disasm_lite(bytes(code_between(image, start, end)), start):
            if mnemonic == ".byte":
                continue
            for place in _places(at + size, operands):
                if any(low <= place < high for low, high in data):
                    yield Reference(place, at, start, end)


def _places(following: int, operands: str) -> Iterator[int]:
    """What an operand may be the address of."""
    if (relative := _RELATIVE.search(operands)) is not None:
        distance = int(relative[2] or "0", 0)
        yield (following - distance if relative[1] == "-" else following + distance) % _ADDRESSES
        operands = operands[: relative.start()] + operands[relative.end() :]
    for sign, digits in _NUMBER.findall(operands):
        value = int(digits, 16)
        yield (-value if sign else value) % _ADDRESSES
        if value < 1 << 32 and not sign:  # an operand of 32 bits, of which the upper ones are those of the address
            yield value | 0xFFFF_FFFF_0000_0000
