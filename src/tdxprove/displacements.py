"""What reads as a call or a jump with a 32-bit displacement to one of given places: bytes are searched, not code.

A kernel has half a million of them and few are asked for, so the upper half of the displacement is part of what is
searched for: within one stretch of code, only a few of its values lead to a given place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from tdxprove.binary import Section

_NEAR: Final = (rb"\xe8", rb"\xe9", rb"\x0f[\x80-\x8f]")
"""Opcodes of calls and jumps with a 32-bit displacement (Intel SDM volume 2), those that compilers use between
functions. One pattern each: what begins with a fixed byte is found many times faster."""

_LONGEST: Final = 6
"""Bytes of such an instruction, at most."""

_STRETCH: Final = 1 << 18
"""Bytes of code that are searched at once: fewer mean more patterns, more mean patterns that fit too much."""


def near(section: Section, code: bytes, wanted: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield where in a section such bytes stand, and where they lead, for the targets that are wanted."""
    pages = sorted({target >> 16 for target in wanted})
    for start in range(0, len(code) if pages else 0, _STRETCH):
        end = min(start + _STRETCH, len(code))
        for pattern in _patterns(pages, section.address + start):
            for match in pattern.finditer(code, start, min(end + _LONGEST - 1, len(code))):
                displacement = int.from_bytes(match[1], "little", signed=True)
                target = (section.address + match.end(1) + displacement) % (1 << 64)
                if target in wanted and match.start() < end:
                    yield section.address + match.start(), target


def _patterns(pages: Iterable[int], address: int) -> Iterator[re.Pattern[bytes]]:
    """What such instructions in the stretch at an address look like if they lead to one of these pages of 64 KiB.

    The displacement counts from the end of the instruction. Its upper half is the distance of the two pages, or one
    less, as the lower halves have it.
    """
    ends = range(address >> 16, (address + _STRETCH + _LONGEST >> 16) + 1)
    upper = {(page - end - borrow) % (1 << 16) for page in pages for end in ends for borrow in (0, 1)}
    by_last: dict[int, bytearray] = {}
    for value in sorted(upper):
        by_last.setdefault(value >> 8, bytearray()).append(value & 0xFF)
    ways = (b"[%b]%b" % (re.escape(bytes(first)), re.escape(bytes([last]))) for last, first in by_last.items())
    displacement = rb"(?=(..(?:" + b"|".join(ways) + b")))"  # ahead: bytes of one may be the opcode of another
    return (re.compile(opcode + displacement, re.DOTALL) for opcode in _NEAR)
