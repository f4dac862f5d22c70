"""Bytes of a section, and which of them are not known before linking or loading."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tdxprove.binary import Buffer

Field = tuple[int, int, bytes | None]
"""First offset, offset behind the last, and the bytes that belong there; None when only a linker or loader knows."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Bytes of a section, with sorted, disjoint holes where the bytes are not known before linking."""

    data: Buffer
    holes: tuple[tuple[int, int], ...] = ()

    def read(self, start: int, size: int) -> bytes | None:
        """Return the bytes at an offset, None when one of them is beyond the end or in a hole."""
        if start + size > len(self.data):
            return None
        at = bisect_right(self.holes, (start, 1 << 65)) - 1
        if at >= 0 and self.holes[at][1] > start:
            return None
        if at + 1 < len(self.holes) and self.holes[at + 1][0] < start + size:
            return None
        return bytes(self.data[start : start + size])


def settle(data: bytearray, fields: Iterable[Field]) -> Contents:
    """Write the fields into data; what overlaps or has no value becomes a hole."""
    holes: list[tuple[int, int]] = []
    end = 0
    for start, stop, value in sorted(fields, key=lambda field: field[:2]):
        if value is not None and start >= end:
            data[start:stop] = value
        else:
            # Two relocations of one field compose in ways that linkers disagree on.
            _extend(holes, min(start, end) if start < end else start, stop)
        end = max(end, stop)
    return Contents(data, tuple(holes))


def _extend(holes: list[tuple[int, int]], start: int, stop: int) -> None:
    while holes and holes[-1][1] >= start:
        low, high = holes.pop()
        start, stop = min(low, start), max(high, stop)
    holes.append((start, stop))
