"""Arguments and structs of a contract file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from tdxprove.contract import Argument, Pointee
from tdxprove.specfile import KeyPath, SpecDocument

_SIZES: Final = {"u8": 1, "s8": 1, "u16": 2, "s16": 2, "u32": 4, "s32": 4, "u64": 8, "s64": 8}
_LARGEST: Final = 1 << 16
"""Bytes of an object that a pointer argument points to: the proof looks at each of them."""
_ARRAY: Final = re.compile(r"(?P<element>[us](?:8|16|32|64))\[(?P<count>[0-9]+)\]")


def read_struct(document: SpecDocument, name: str) -> Pointee:
    """A struct of the file, its fields aligned and apart.

    Raises:
        SpecError: a field lies outside, across a boundary of its size, or on another one.
    """
    data = document.data["structs"][name]
    fields = {f: (at, 8) if isinstance(at, int) else (at["at"], at["bytes"]) for f, at in data["fields"].items()}
    for f, (at, size) in fields.items():
        key = ("structs", name, "fields", f)
        if at + size > data["size"]:
            raise document.error(
                key, f"field at {at} ends behind the {data['size']} bytes of the struct, expected it inside"
            )
        if at % size:
            raise document.error(key, f"field of {size} bytes at {at}, expected a multiple of its size")
    taken: dict[int, str] = {}
    for f, (at, size) in fields.items():
        if other := next((taken[byte] for byte in range(at, at + size) if byte in taken), None):
            problem = f"field of {size} bytes at {at} overlaps {other}, expected bytes of its own"
            raise document.error(("structs", name, "fields", f), problem)
        taken |= dict.fromkeys(range(at, at + size), f)
    return Pointee(data["size"], 8, fields, readable=True, writable=True)


def read_argument(
    document: SpecDocument, key: KeyPath, what: str | dict[str, Any], structs: Mapping[str, Pointee]
) -> Argument:
    """An argument, whose name `key` ends with: a number, or a pointer to an array or to one of `structs`.

    Raises:
        SpecError: what it points to is unknown, or too large to be looked at.
    """
    name = str(key[-1])
    if isinstance(what, str):
        return Argument(name, 8 * _SIZES[what])
    access, to, optional = what["access"], what["points_to"], what.get("optional", False)
    readable, writable = "read" in access, "write" in access
    array = _ARRAY.fullmatch(to)
    if array is not None:
        element = _SIZES[array["element"]]
        extent = element * int(array["count"])
        if not 0 < extent <= _LARGEST:
            problem = f"{to} has {extent} bytes, expected at least one element and at most {_LARGEST} bytes"
            raise document.error((*key, "points_to"), problem)
        return Argument(name, 64, Pointee(extent, element, {}, readable, writable, optional))
    if to not in structs:
        problem = f"{to!r} is unknown, expected u64[N] or a struct of this file"
        raise document.error((*key, "points_to"), problem)
    struct = structs[to]
    return Argument(name, 64, Pointee(struct.extent, 8, struct.fields, readable, writable, optional))
