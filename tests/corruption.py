"""Damaged files for tests: what storage, transfer and malice do to bytes, as a strategy of hypothesis."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("TDXPROVE_EXAMPLES", "40"))
"""Damaged inputs for each format: a share for every day, `make damage` has 2,000."""

SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,  # the test has limits of its own, of processor time
    derandomize="TDXPROVE_EXAMPLES" not in os.environ,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # the first damaged file that shows a defect is small enough
    suppress_health_check=list(HealthCheck),
)

Fields = Sequence[tuple[int, int]]
"""Offset and width of numbers that a reader of the format relies on."""


@st.composite
def corrupted(draw: st.DrawFn, original: bytes, fields: Fields = (), part: tuple[int, int] | None = None) -> bytes:
    """The original with one to three kinds of damage; fields are lied in more often than anything else.

    Other damage is confined to `part`, which then keeps its length: what stands behind it must not move.
    """
    data, (start, end) = bytearray(original), part or (0, len(original))
    for _ in range(draw(st.integers(1, 3))):
        damage = draw(st.sampled_from((*_DAMAGE, *[_lie, _copy] * 3 * bool(fields))))
        if damage in (_lie, _copy):
            damage(draw, data, fields)
        elif part is not None:
            inside = damage(draw, data[start:end], ())[: end - start]
            data[start:end] = inside.ljust(end - start, b"\0")
        elif data:
            data = damage(draw, data, ())
    return bytes(data)


def _flip(draw: st.DrawFn, data: bytearray, _fields: Fields) -> bytearray:
    for bit in draw(st.lists(st.integers(0, 8 * len(data) - 1), min_size=1, max_size=8)):
        data[bit // 8] ^= 1 << bit % 8
    return data


def _truncate(draw: st.DrawFn, data: bytearray, _fields: Fields) -> bytearray:
    return data[: draw(st.integers(0, len(data) - 1))]


def _overwrite(draw: st.DrawFn, data: bytearray, _fields: Fields) -> bytearray:
    at = draw(st.integers(0, len(data) - 1))
    length = draw(st.integers(1, 64))
    data[at : at + length] = draw(st.sampled_from((0, 0xFF, 0x7F, 0x41))).to_bytes() * len(data[at : at + length])
    return data


def _shift(draw: st.DrawFn, data: bytearray, _fields: Fields) -> bytearray:
    at = draw(st.integers(0, len(data) - 1))
    part = data[at : at + draw(st.integers(1, 64))]
    return data[:at] + (part + part if draw(st.booleans()) else b"") + data[at + len(part) :]


def _move(draw: st.DrawFn, data: bytearray, _fields: Fields) -> bytearray:
    """One record over another one: duplicates, and tables that refer to themselves."""
    size = draw(st.sampled_from((4, 8, 16, 24, 40, 64)))
    source, target = (draw(st.integers(0, max(0, len(data) - size) // 4)) * 4 for _ in range(2))
    copied = data[source : source + size]
    data[target : target + len(copied)] = copied
    return data


def _lie(draw: st.DrawFn, data: bytearray, fields: Fields) -> bytearray:
    """A number that is none, too large, wraps, is off by one, or ends with the file or behind it."""
    at, width = draw(st.sampled_from(fields))
    if at + width <= len(data):
        top, size = (1 << 8 * width) - 1, len(data)
        true = int.from_bytes(data[at : at + width], "little")
        near = (true + 1, true - 1, true * 2, true ^ 8, true + 0x1000, -true)
        value = draw(
            st.sampled_from((0, 1, 2, top, top >> 1, top - 8, (top >> 1) + 1, size, size + 1, size - at, at, *near))
        )
        data[at : at + width] = (value & top).to_bytes(width, "little")
    return data


def _copy(draw: st.DrawFn, data: bytearray, fields: Fields) -> bytearray:
    """A number from another place: overlaps, cycles, the offset of one table as that of another."""
    (source, width), (target, room) = draw(st.sampled_from(fields)), draw(st.sampled_from(fields))
    if max(source + width, target + room) <= len(data):
        value = int.from_bytes(data[source : source + width], "little") & ((1 << 8 * room) - 1)
        data[target : target + room] = value.to_bytes(room, "little")
    return data


_DAMAGE = (_flip, _truncate, _overwrite, _shift, _move)
