"""Function bounds from `.eh_frame`, the unwind tables that stay when a file is stripped (LSB, chapter 10.6).

Names there are none: a function is called `sub_` and its address.
"""

import io
import struct

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.callframe import FDE, CallFrameInfo
from elftools.dwarf.structs import DWARFStructs

from tdxprove.binary import Section, Symbol

_MASK = (1 << 64) - 1
# pyelftools takes the data on trust: besides its own errors, wrong data surfaces as any of these.
_MALFORMED = (
    DWARFError, ELFError, struct.error, ArithmeticError, AssertionError, AttributeError, LookupError,
    NotImplementedError, RecursionError, TypeError, ValueError,
)  # fmt: skip


def functions(data: bytes, address: int, code: list[Section], shift: int = 0) -> tuple[Symbol, ...]:
    """Return the ranges that the tables describe, each as a function; none where the tables are malformed.

    A function that the compiler split has one range for each part, and so is several functions here.

    Args:
        data: contents of `.eh_frame`
        address: where they are loaded
        code: the executable sections; a range outside them is passed over
        shift: how far from where they are linked these are
    """
    structs = DWARFStructs(little_endian=True, dwarf_format=32, address_size=8)
    frames = CallFrameInfo(io.BytesIO(data), len(data), address, structs, for_eh_frame=True)
    try:
        found = [entry.header for entry in frames.get_entries() if isinstance(entry, FDE)]
        ranges = {(int(header.initial_location) & _MASK, int(header.address_range)) for header in found}
    except _MALFORMED:
        return ()
    return tuple(
        Symbol(f"sub_{start - shift:x}", start, size, True)
        for start, size in sorted(ranges)
        if size > 0 and any(s.address <= start and start + size <= s.address + s.size for s in code)
    )
