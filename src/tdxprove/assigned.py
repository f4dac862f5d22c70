"""Which code a variable of the file may point to, where only code of the file assigns to it, and only constants.

All that code does with the place is looked at: each store has to be one of an address that stands in the code, and
nobody may be given the address of the variable. What is not understood leaves it unknown.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from tdxprove.callers import is_large
from tdxprove.image import Image
from tdxprove.references import references
from tdxprove.symbols import WORD
from tdxprove.uses import UnclearError, Use

_AROUND: Final = 256
"""Bytes before a variable in which, where nothing has a name, the object may start that it is a part of."""

_known: WeakKeyDictionary[Image, dict[int, frozenset[int] | str]] = WeakKeyDictionary()


def assigned(image: Image, place: int) -> frozenset[int] | str:
    """Return the addresses of code that a variable holds once something was assigned to it, or why nobody knows them.

    Of images with more than 4 MiB of code, nobody does: not all of it is decoded.
    """
    known = _known.setdefault(image, {})
    if place not in known:
        try:
            known[place] = frozenset(_values(image, place))
        except UnclearError as error:
            known[place] = str(error)
    return known[place]


def _values(image: Image, place: int) -> Iterator[int]:
    section = image.section_at(place)
    if is_large(image):
        raise UnclearError("the file has too much code to look for all that assigns to it")
    if section is None or not section.writable or place % WORD:
        raise UnclearError("it is no variable of the file")
    around = range(_start(image, place), place + WORD)
    _check_pointers(image, around)
    values = {_initial(image, place)}
    for found in references(image, around):
        values |= Use(image, found, place).stores()
    for value in values - {0}:  # not assigned yet
        code = image.section_at(value)
        if code is None or not code.executable or code.writable:
            raise UnclearError(f"it may hold {value:#x}, where no code is")
        yield value


def _start(image: Image, place: int) -> int:
    """Where the object begins that the variable is, or is a part of; other files may not know it."""
    found = image.data_at(place)
    if found is None:
        return place - _AROUND
    start = place - found[1]
    if not all(symbol.local for symbol in image.symbols if symbol.address == start):
        raise UnclearError(f"other files may assign to {found[0]}")
    return start


def _initial(image: Image, place: int) -> int:
    section = image.section_at(place)
    if section is not None and place - section.address >= len(image.code(section)):
        return 0  # behind what the file holds, the loader puts zeros
    content = image.read(place, WORD)
    if content is None:
        raise UnclearError("only a linker or loader knows what it holds at first")
    return int.from_bytes(content, "little")


def _check_pointers(image: Image, around: range) -> None:
    """Check that nothing in data leads to it: whoever reads that could write there. Distances stand in tables.

    Raises:
        UnclearError: a pointer does, or a distance.
    """
    if any(address in around for address in image.slots.values()):
        raise UnclearError("its address stands in the global offset table")
    for section in image.sections:
        content = b"" if section.executable else image.code(section)
        words = zip(count(section.address, WORD), _unpacked("<Q", content), strict=False)
        table = b"" if section.writable else content
        distances = zip(count(section.address, 4), _unpacked("<i", table), strict=False)
        leading = [at for at, word in words if word in around]
        leading += [at for at, distance in distances if distance and at + distance in around]
        if leading:
            raise UnclearError(f"its address stands in data, at {image.display(leading[0])}")


def _unpacked(kind: str, content: Any) -> Iterator[int]:
    size = struct.calcsize(kind)
    return (value for (value,) in struct.iter_unpack(kind, content[: len(content) // size * size]))
