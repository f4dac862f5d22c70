"""Where functions start and end by the unwind data of 64-bit Windows (PE format, section .pdata)."""

import struct
from collections.abc import Iterator

from tdxprove.loaded import Layout

_RUNTIME_FUNCTION = struct.Struct("<III")
_CHAINED = 4


def function_ranges(layout: Layout, base: int, address: int, size: int) -> dict[int, int]:
    """Return the end of each function by its start, for a table of RUNTIME_FUNCTION entries of an image.

    An entry that is chained to another one describes a part of that function. Entries that lead out of the executable
    sections, or that no relocation settles, are passed over: the table adds knowledge, nothing rests on it.
    """
    return dict(_entries(layout, base, address, size))


def _entries(layout: Layout, base: int, address: int, size: int) -> Iterator[tuple[int, int]]:
    code = [(s.address, s.address + s.size) for s in layout.sections if s.executable]
    for at in range(address, address + size - _RUNTIME_FUNCTION.size + 1, _RUNTIME_FUNCTION.size):
        entry = layout.read(at, _RUNTIME_FUNCTION.size)
        if entry is None:
            continue
        start, end, unwind = (base + offset for offset in _RUNTIME_FUNCTION.unpack(entry))
        info = layout.read(unwind & ~3, 1)
        if info is None or unwind & 1 or info[0] >> 3 & _CHAINED:
            continue
        if any(low <= start < end <= high for low, high in code):
            yield start, end
