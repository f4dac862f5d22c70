"""The kernel's own symbol table, kallsyms, for kernels whose ELF symbol table was stripped.

Layout: Linux, scripts/kallsyms.c (write_src) and kernel/kallsyms.c. Nothing points to the tables, but they determine
each other, so a place where one reads as such is taken only where all the others agree:

    token_table    256 strings, what each byte of a packed name stands for; the digits stand for themselves
    token_index    u16[256], where each string begins
    markers        u32[], where every 256th name begins; ends before token_table
    names          length (one byte, or two in LEB128 from Linux 6.1 on) and bytes of each name, the type letter first
    num_syms       u32, 8 bytes before names; 4 in Linux 7.2, which aligns the tables to 4 bytes
    offsets        s32[]: what the addresses are made of, see `_addresses`

offsets stand behind token_index since Linux 6.4, before num_syms until then.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from typing import Final

from tdxprove.binary import Symbol

_DIGITS = b"".join(b"%d\0" % digit for digit in range(10))
_TOKEN_INDEX = struct.Struct("<256H")
_WIDE, _NARROW = struct.Struct("<Q"), struct.Struct("<I")
"""A count that is padded to the 8 bytes to which names are aligned, and one that is not."""
_LONGEST_TOKEN = 512  # KSYM_NAME_LEN
_STEP: Final = 256
"""Names for each marker."""
_WIDEST = _STEP * (_LONGEST_TOKEN + 2)  # of _STEP names, which packing makes no longer
_BANNER = re.compile(rb"Linux version \d+\.\d")  # init/version-timestamp.c
_TRIES: Final = 64
"""Places at which each table is looked for: a kernel has one or two, a file made for it might have a million."""
_STRAY: Final = 512
"""One in so many may be called a function and not lie in code: labels that the linker script puts between sections,
such as __end_rodata, have the type of what they happen to follow."""
_MASK = (1 << 64) - 1
_FUNCTION_TYPES = frozenset("tTwW")
_LOCAL_TYPES = frozenset("tdrba")
"""As nm prints them: of the lower-case letters, w, v and u stand for symbols that are not local."""
# A zero, and above it where name 256 begins: names take two bytes at least.
_FIRST_MARKERS = re.compile(rb"(?=\0\0\0\0(?:.[\2-\xff]\0|..[\1-\x3f])\0)", re.DOTALL)

Place = tuple[int, bytes]
"""Address and bytes of a section."""


@dataclass(frozen=True, slots=True)
class _Names:
    """The unpacked names, and between which offsets of the section their tables lie."""

    names: Sequence[str]
    start: int
    end: int


def symbols(places: Iterable[Place], code: Sequence[tuple[int, int]]) -> tuple[Symbol, ...] | None:
    """Return the symbols of a kernel's kallsyms; None where no section holds such tables.

    The tables state no sizes. Names of the types t and w that lie in code are functions.

    Args:
        places: where the tables may be
        code: start and end of the executable sections
    """
    # Of the sorted edges of code, those inside it have an odd number before them.
    edges = sorted(edge for extent in code for edge in extent)

    def is_code(address: int) -> bool:
        return bisect_right(edges, address) % 2 == 1

    for address, data in places:
        for index in _token_indices(data):
            found = _names(data, *index)
            addresses = None if found is None else _addresses(data, address, found, is_code)
            if found is not None and addresses is not None:
                pairs = zip(found.names, addresses, strict=True)
                return tuple(
                    Symbol(name[1:], at, 0, name[0] in _FUNCTION_TYPES and is_code(at), name[0] in _LOCAL_TYPES)
                    for name, at in pairs
                )
    return None


def banner(places: Iterable[Place]) -> Symbol | None:
    """Return the symbol linux_banner, found by what it says: without CONFIG_KALLSYMS_ALL the tables name code alone."""
    for address, data in places:
        found = _BANNER.search(data)
        if found:
            return Symbol("linux_banner", address + found.start(), 0, False)
    return None


def _token_indices(data: bytes) -> Iterator[tuple[int, int, list[str]]]:
    """Yield start of token_table, end of token_index, and the tokens."""
    at = -1
    for _ in range(_TRIES):
        at = data.find(_DIGITS, at + 1)
        if at < 0:
            return
        # Before the digits stand ord("0") tokens, some of them empty; behind them all others.
        start = at
        for _ in range(ord("0")):
            start = data.rfind(b"\0", max(0, start - _LONGEST_TOKEN), max(0, start - 1)) + 1
        # The first token follows on markers, whose last byte may be any: it begins where the index says.
        for begin in range(start, min(start + _LONGEST_TOKEN, at)):
            if begin % 4 == 0 and (found := _indexed(data, begin)) is not None:
                yield begin, *found


def _indexed(data: bytes, start: int) -> tuple[int, list[str]] | None:
    tokens = data[start : start + 256 * _LONGEST_TOKEN].split(b"\0", 256)[:256]
    starts = list(accumulate((len(token) + 1 for token in tokens), initial=0))
    if len(tokens) != 256 or starts[-2] >= 1 << 16 or tokens[ord("0") : ord("9") + 1] != _DIGITS.split(b"\0")[:10]:
        return None
    index = data.find(_TOKEN_INDEX.pack(*starts[:256]), start + starts[-1], start + starts[-1] + 8 + _TOKEN_INDEX.size)
    return None if index < 0 else (index + _TOKEN_INDEX.size, [token.decode("latin-1") for token in tokens])


def _names(data: bytes, table: int, end: int, tokens: list[str]) -> _Names | None:
    """Find markers and names before the token table; with more than 256 names, as every kernel has."""
    for first, markers in islice(_markers(data, table), _TRIES):
        for start, count_at in islice(_candidates(data, first, markers), _TRIES):
            (count,) = _NARROW.unpack_from(data, count_at)
            names = _unpacked(data, start, first, markers, tokens, count)
            if names is not None:
                return _Names(names, count_at, end)
    return None


def _markers(data: bytes, table: int) -> Iterator[tuple[int, list[int]]]:
    """Yield where markers may begin, and what they are."""
    words = struct.unpack_from(f"<{table // 4}I", data)
    for match in _FIRST_MARKERS.finditer(data, 0, table):
        first = match.start()
        if first % 4 == 0:
            found = list(_ascending(words, first // 4))
            if _adjoins(table - first - 4 * len(found), len(found)):
                yield first, found


def _ascending(words: Sequence[int], at: int) -> Iterator[int]:
    previous = -1
    while at < len(words) and previous < words[at] < previous + _WIDEST:
        previous = words[at]
        yield previous
        at += 1


def _adjoins(gap: int, count: int) -> bool:
    """Return whether markers that end a gap before the token table belong to it.

    Between them is nothing, or (Linux 6.2 and 6.3) the order of the names, 3 bytes each. What follows on the markers
    may happen to continue them.
    """
    return gap < 8 or 3 * _STEP * (count - 3) <= gap <= 3 * _STEP * count + 8


def _candidates(data: bytes, first: int, markers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where names may begin, and before it a count that goes with the number of markers."""
    for count in range(len(markers), max(1, len(markers) - 3), -1):
        high = first - markers[count - 1]
        for start in range(high - high % 4, max(8, high - _WIDEST), -4):
            for form, at in ((_WIDE, start - 8), (_NARROW, start - 4)):
                (stated,) = form.unpack_from(data, at)
                if _STEP * (count - 1) < stated <= _STEP * count and start % form.size == 0:
                    yield start, at


def _unpacked(data: bytes, start: int, end: int, markers: list[int], tokens: list[str], count: int) -> list[str] | None:
    """Return the names, None where they do not begin where the markers say or do not end before them."""
    names: list[str] = []
    at = start
    for number in range(count):
        if number % _STEP == 0 and at - start != markers[number // _STEP]:
            return None
        length = data[at]
        at += 1
        if length & 0x80:
            length = length & 0x7F | data[at] << 7
            at += 1
        if not length or at + length > end:
            return None
        names.append("".join([tokens[byte] for byte in data[at : at + length]]))
        at += length
    return names if end - at < 8 and not any(data[at:end]) and all(len(name) > 1 for name in names) else None


def _addresses(data: bytes, address: int, found: _Names, is_code: Callable[[int], bool]) -> list[int] | None:
    """Return the addresses of the names in the one form that fits: ascending, nearly all of type t in code."""
    count = len(found.names)
    width = 4 * count
    functions = [index for index, name in enumerate(found.names) if name[0] in "tT"]
    for at in _offset_tables(found, width):
        if at < 0 or at + width > len(data):
            continue
        offsets = struct.unpack_from(f"<{count}i", data, at)
        base_at = at + width + -(at + width) % 8
        base = struct.unpack_from("<Q", data, base_at)[0] if base_at + 8 <= len(data) else 0
        for values in _forms(offsets, address + at, base):
            ordered = all(low <= high for low, high in pairwise(values))
            # Some, such as _etext, stand at the end of code.
            strays = sum(not (is_code(values[i]) or is_code(values[i] - 1)) for i in functions)
            if functions and ordered and strays <= count // _STRAY:
                return values
    return None


def _offset_tables(found: _Names, width: int) -> tuple[int, ...]:
    behind = found.end
    # Before num_syms stands the base, before that, aligned to 8 bytes, the end of the table.
    before = found.start - 8 - width
    return behind + -behind % 4, behind + -behind % 8, before - before % 8


def _forms(offsets: Sequence[int], table: int, base: int) -> Iterator[list[int]]:
    """Yield the addresses that offsets stand for, in every form that Linux has used.

    - per-CPU symbols absolute: those below 0 count down from a base (CONFIG_KALLSYMS_ABSOLUTE_PERCPU, until 6.15)
    - all counted up from a base
    - each relative to its own entry (from 7.0 on)
    """
    yield [offset if offset >= 0 else base - 1 - offset & _MASK for offset in offsets]
    yield [base + (offset & 0xFFFF_FFFF) & _MASK for offset in offsets]
    yield [table + 4 * index + offset & _MASK for index, offset in enumerate(offsets)]
