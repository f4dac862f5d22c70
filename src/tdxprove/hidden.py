"""Bytes of a TDX instruction where the headers of a file tell of no code: a header that lies must not hide one."""

from collections.abc import Iterable, Iterator

from tdxprove.sites import candidates

Extent = tuple[int, int]
"""Start and end."""

_REACH = 15
"""Longest instruction in bytes (Intel SDM volume 2, 2.3.11): no candidate reaches further."""


def outside(view: memoryview, known: Iterable[Extent], within: Extent | None = None) -> int | None:
    """Return where the opcode of a TDX instruction lies of which bytes belong to none of the known parts of a file.

    Args:
        view: the file.
        known: offsets that its headers speak of.
        within: the part of the file that is looked at, if not all of it.
    """
    for start, end in _gaps(known, within or (0, len(view))):
        low, high = max(0, start - _REACH), min(len(view), end + _REACH)
        for found in candidates(view[low:high]):
            if found.plain + low < end and found.opcode + 3 + low > start:
                return found.opcode + low
    return None


def _gaps(known: Iterable[Extent], within: Extent) -> Iterator[Extent]:
    done, end = within
    for start, stop in sorted(known):
        if start >= end:
            break
        if start > done:
            yield done, start
        done = max(done, stop)
    if done < end:
        yield done, end
