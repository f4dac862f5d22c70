"""A store of little-endian values by byte offset: what registers and memory regions are made of."""

from __future__ import annotations

from collections.abc import Iterator

from tdxprove.angr_api import Ast, claripy

Piece = tuple[Ast, int]
"""A value and the index of one of its bytes, the lowest being 0."""


class Bytes:
    """Offset to the byte that was written there last; whole values are handed back as they were put in."""

    def __init__(self, pieces: dict[int, Piece] | None = None) -> None:
        self.pieces = pieces if pieces is not None else {}

    def copy(self) -> Bytes:
        """Content of its own."""
        return Bytes(dict(self.pieces))

    def write(self, offset: int, value: Ast) -> None:
        """Put `value` at `offset`."""
        for index in range(value.size() // 8):
            self.pieces[offset + index] = (value, index)

    def read(self, offset: int, size: int) -> Ast | None:
        """The `size` bytes at `offset`, None if any was never written."""
        found = [self.pieces.get(offset + index) for index in range(size)]
        pieces = [piece for piece in found if piece is not None]
        return join(pieces) if len(pieces) == size else None


def join(pieces: list[Piece]) -> Ast:
    """The value whose bytes, lowest first, are `pieces`."""
    parts = [_slice(value, first, count) for value, first, count in _runs(pieces)]
    return claripy.Concat(*reversed(parts)) if len(parts) > 1 else parts[0]


def _runs(pieces: list[Piece]) -> Iterator[tuple[Ast, int, int]]:
    """Successive bytes of one value as that value, the index of the first of them, and how many they are."""
    value, first = pieces[0]
    count = 0
    for other, index in pieces:
        if other is not value or index != first + count:
            yield value, first, count
            value, first, count = other, index, 0
        count += 1
    yield value, first, count


def _slice(value: Ast, first: int, count: int) -> Ast:
    return value if count * 8 == value.size() else value[(first + count) * 8 - 1 : first * 8]
