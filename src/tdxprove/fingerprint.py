"""Whether a path is in a state in which it has been before."""

from __future__ import annotations

import hashlib
from array import array
from operator import itemgetter
from typing import Any, Final

from tdxprove.address import ADDRESSES
from tdxprove.angr_api import Ast

_VALUE: Final = itemgetter(0)
_INDEX: Final = itemgetter(1)


def fingerprint(state: Any) -> tuple[bytes, list[Ast]]:
    """Equal for two states only if registers, flags and memory are the same expressions.

    Expressions are told apart by their identity, so a fingerprint holds only as long as the expressions that come with
    it are kept alive. It is a digest: what it is made of is long, and paths keep many.
    """
    frame = state.memory.frame
    parts = [("registers", 0, state.registers.content.pieces)]
    parts += [(f"stack {sorted(frame.handed.items())} {frame.floor}", frame.generation, frame.written.pieces)]
    parts += [(name, c.generation, c.written.pieces) for name, c in sorted(state.memory.contents.items())]
    interrupts = state.globals["if"]
    kept = {id(interrupts): interrupts}
    digest = hashlib.blake2b(repr(id(interrupts)).encode())
    for name, generation, pieces in parts:
        places = sorted(pieces)
        found = list(map(pieces.__getitem__, places))
        values = list(map(_VALUE, found))
        identities = list(map(id, values))
        kept.update(zip(identities, values, strict=True))
        digest.update(repr((name, generation, len(places))).encode())
        digest.update(array("Q", [at % ADDRESSES for at in places]).tobytes())
        digest.update(array("Q", identities).tobytes())
        digest.update(array("Q", map(_INDEX, found)).tobytes())
    return digest.digest(), list(kept.values())
