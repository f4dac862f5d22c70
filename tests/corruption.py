"""Damaged files for tests: what storage, transfer and malice do to bytes, as a strategy of hypothesis."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("TDXPROVE_EXAMPLES", "300"))
"""Damaged inputs for each format; CI runs more."""

SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=10_000,  # milliseconds; an input may be refused or read, but at once
    derandomize=EXAMPLES <= 300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def corrupted(draw: st.DrawFn, original: bytes, fields: Sequence[tuple[int, int]] = ()) -> bytes:
    """The original with one to three kinds of damage; fields (offset, width) are lied in more often than others."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 3))):
        damage = draw(st.sampled_from((*_DAMAGE, _lie, _lie)))
        data = damage(draw, data, fields) if data else data
    return bytes(data)


def _flip(draw: st.DrawFn, data: bytearray, _fields: Sequence[tuple[int, int]]) -> bytearray:
    for bit in draw(st.lists(st.integers(0, 8 * len(data) - 1), min_size=1, max_size=8)):
        data[bit // 8] ^= 1 << bit % 8
    return data


def _truncate(draw: st.DrawFn, data: bytearray, _fields: Sequence[tuple[int, int]]) -> bytearray:
    return data[: draw(st.integers(0, len(data) - 1))]


def _overwrite(draw: st.DrawFn, data: bytearray, _fields: Sequence[tuple[int, int]]) -> bytearray:
    at = draw(st.integers(0, len(data) - 1))
    length = draw(st.integers(1, 64))
    data[at : at + length] = draw(st.sampled_from((0, 0xFF, 0x7F))).to_bytes() * len(data[at : at + length])
    return data


def _shift(draw: st.DrawFn, data: bytearray, _fields: Sequence[tuple[int, int]]) -> bytearray:
    at = draw(st.integers(0, len(data) - 1))
    part = data[at : at + draw(st.integers(1, 64))]
    return data[:at] + (part + part if draw(st.booleans()) else b"") + data[at + len(part) :]


def _lie(draw: st.DrawFn, data: bytearray, fields: Sequence[tuple[int, int]]) -> bytearray:
    at, width = draw(st.sampled_from(fields)) if fields else (draw(st.integers(0, len(data) - 1)), 4)
    if at + width <= len(data):
        top = (1 << 8 * width) - 1
        value = draw(st.sampled_from((0, 1, 2, top, top >> 1, top - 8, len(data), len(data) + 1)))
        data[at : at + width] = (value & top).to_bytes(width, "little")
    return data


_DAMAGE = (_flip, _truncate, _overwrite, _shift)
