"""Places in the code that several tables of a kernel claim, or that are only a part of an instruction.

No kernel is built so: what stands there when it runs nobody knows, and what is executed there is not believed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence

PATCH = 5
"""Bytes of the longest jump or call that the kernel writes over another (Linux arch/x86/kernel/alternative.c)."""

Extent = tuple[int, int]
"""Start and end."""


def claimed_twice(extents: Sequence[Extent]) -> set[int]:
    """Return the bytes that two of the extents claim: what the one makes of them the other may overwrite."""
    claimed: set[int] = set()
    twice: set[int] = set()
    for start, end in extents:
        twice |= claimed.intersection(range(start, end))
        claimed.update(range(start, end))
    return twice


def within(places: Collection[int], extents: Sequence[Extent]) -> Iterator[tuple[int, int]]:
    """Yield those of the places that lie in one of the extents, each with the start of that."""
    ordered = sorted(extents)
    for place in places:
        at = bisect_right(ordered, (place, 1 << 65)) - 1
        if at >= 0 and ordered[at][0] <= place < ordered[at][1]:
            yield place, ordered[at][0]


class Boundaries:
    """Where the kernel writes over its code, each place with the number of its bytes."""

    def __init__(self, sizes: Mapping[int, int]) -> None:
        self._sizes = sizes
        self._starts = sorted(sizes)

    def crossed(self, pc: int, size: int) -> int | None:
        """Return the place of which an instruction is only a part, or that is only a part of the instruction."""
        at = bisect_right(self._starts, pc)
        if at < len(self._starts) and self._starts[at] < pc + size:
            return self._starts[at]
        before = self._starts[at - 1] if at else pc
        return before if before < pc < before + self._sizes[before] else None
