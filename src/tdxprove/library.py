"""What the functions of C that copy and fill memory do, where they are outside the file; compilers call them unasked.

One whose sizes are known is done here; any other is a function outside the image like all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 1 << 12
"""Bytes that one call may change and still be followed."""

_PREFIX: Final = re.compile(r"__(asan_|hwasan_|tsan_|kcsan_)?(?=mem)")
"""Linux arch/x86/include/asm/string_64.h, mm/kasan/shadow.c: the same functions, with or without checks before."""


@dataclass(frozen=True)
class Piece:
    """`size` bytes at `offset` of the first argument: a copy of what argument `source` points to, or all `byte`.

    `source` and `byte` are numbers of arguments, one of them None.
    """

    offset: int
    size: int
    source: int | None = None
    byte: int | None = None


def _copy(arguments: Sequence[int | None]) -> list[Piece]:
    return [Piece(0, _known(arguments[2]), source=1)]


def _fill(arguments: Sequence[int | None]) -> list[Piece]:
    return [Piece(0, _known(arguments[2]), byte=1)]


def _copy_and_pad(arguments: Sequence[int | None]) -> list[Piece]:
    room, size = _known(arguments[1]), _known(arguments[3])
    if room <= size:
        return [Piece(0, room, source=2)]
    return [Piece(0, size, source=2), Piece(size, room - size, byte=4)]


def _known(size: int | None) -> int:
    return LARGEST + 1 if size is None else size


_FUNCTIONS: Final[Mapping[str, Callable[[Sequence[int | None]], list[Piece]]]] = {
    "memcpy": _copy,
    "memmove": _copy,
    "memset": _fill,
    "memcpy_and_pad": _copy_and_pad,
}
"""C17 7.24.2 and 7.24.6; Linux lib/string_helpers.c memcpy_and_pad."""

_RETURNS_TARGET: Final = frozenset({"memcpy", "memmove", "memset"})


def is_known(name: str) -> bool:
    """Is this the name of one of them?"""
    return _PREFIX.sub("", name) in _FUNCTIONS


def returns_target(name: str) -> bool:
    """Does it return its first argument?"""
    return _PREFIX.sub("", name) in _RETURNS_TARGET


def may_overlap(name: str) -> bool:
    """May it copy to where it copies from?"""
    return _PREFIX.sub("", name) == "memmove"


def sizes(name: str) -> tuple[int, ...]:
    """Numbers of the arguments that say how much memory it changes."""
    return (1, 3) if _PREFIX.sub("", name) == "memcpy_and_pad" else (2,)


def source(name: str) -> int | None:
    """Number of the argument that points to what it copies."""
    return {"memset": None, "memcpy_and_pad": 2}.get(_PREFIX.sub("", name), 1)


def parameters(name: str) -> int:
    """How many arguments it has."""
    return 5 if _PREFIX.sub("", name) == "memcpy_and_pad" else 3


def pieces(name: str, arguments: Sequence[int | None]) -> list[Piece] | None:
    """What a call changes, its sources to be read before anything is written; None if that is not known or too much.

    Args:
        name: of the function.
        arguments: the first five, None for what is not a number.
    """
    found = _FUNCTIONS[_PREFIX.sub("", name)](arguments)
    return found if sum(piece.size for piece in found) <= LARGEST else None
