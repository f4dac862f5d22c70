"""What lies behind pointers that no contract describes: objects of the system's, or places of the own frame."""

from __future__ import annotations

from typing import Final, Protocol

from tdxprove import symbols
from tdxprove.address import addends, largest, plain
from tdxprove.angr_api import Ast
from tdxprove.frame import Frame
from tdxprove.history import History
from tdxprove.regions import Target
from tdxprove.symbols import Origin

REGIONS: Final = {
    symbols.SHADOW: (
        "KASAN's shadow memory, which only decides whether something is reported, is apart from all other memory"
    ),
    symbols.ELSEWHERE: (
        "a pointer that is a fixed address, was read from memory, or is computed from the caller's, points to an "
        "object of the system's that is not in the frame of a function under proof"
    ),
}
"""Regions whose words are told apart by the expression of their address, each with what is assumed of it."""

_INTO_FRAME: Final = (
    "a pointer that a function returned, or left, which was handed an address of the frame, leads to the objects there "
    "or to one of the system's"
)
_READABLE: Final = 60
_INDEX: Final = 1 << 32


class Memory(Protocol):
    """What of a path's memory decides what a pointer may lead to."""

    frame: Frame
    history: History
    handed_back: frozenset[str]
    """Pointers that were returned by functions which were handed places of the frame."""

    leading: dict[str, str]
    """Pointers that were returned, each with the object of an argument that it leads into, as a contract set says."""


def assumption(memory: Memory, target: Target) -> str:
    """What is assumed of an access there."""
    return REGIONS[target.region or ""] if _into_frame(memory, target) is None else _INTO_FRAME


def name(memory: Memory, target: Target, size: int) -> str:
    """The symbol of what is there, whose name says all that may have been written there, and whose it may be.

    Raises:
        UnresolvedAddressError: see `History.kind`.
    """
    text = plain(target.address)
    place = text if len(text) <= _READABLE else f"{target.address.hash():x}"
    history = memory.history.copy()
    if target.region == symbols.ELSEWHERE:
        history.decide(target.address)
    if (pointer := _into_frame(memory, target)) is None:
        return f"{history.kind()}{target.region}[{place}].{size}.{history.digest:x}"
    history.stored |= symbols.taint(memory.frame.kept_names())
    who = history.kind().removesuffix(".") or Origin.OUTSIDE
    return symbols.behind(pointer, Origin(who), f"{place}.{size}.{_past(memory):x}")


def overwrite(memory: Memory, target: Target, data: Ast) -> None:
    """What is stored there may be in the frame now, if the pointer may lead there."""
    if (pointer := _into_frame(memory, target)) is None:
        return
    whose = symbols.taint(data.variables | target.guard.variables | target.address.variables)
    memory.frame.overwrite(whose, f"{pointer.partition('.')[2]}.{_past(memory):x}.{symbols.STACK}")


def _past(memory: Memory) -> int:
    """Of what was written, elsewhere and in the part of the frame that others know."""
    return memory.history.after(*memory.frame.found(min(memory.frame.escaped, default=0)))


def _into_frame(memory: Memory, target: Target) -> str | None:
    """The pointer of an address, if it may lead into the frame."""
    return None if target.region != symbols.ELSEWHERE else knowing(memory, target.address)


def knowing(memory: Memory, address: Ast) -> str | None:
    """What of an address was given by code outside that knows places of the frame: it may be one of them.

    What is added to a pointer and has no more bits than an int is an index, wherever it comes from.
    """
    wide = _wide(address)
    names = sorted({name for term, _ in wide for name in term.variables} if wide else address.variables)
    return next((name for name in names if is_known(memory, name)), None)


def is_known(memory: Memory, name: str) -> bool:
    """May a symbol stand for a pointer to something in the frame, which code outside gave?"""
    return name in memory.handed_back or symbols.is_left_in_frame(name)


def objects(memory: Memory, address: Ast) -> frozenset[str] | None:
    """The objects of arguments that an address leads into, if it is made of a pointer that is known to; else None."""
    wide = _wide(address)
    if len(wide) != 1 or wide[0][1] != 1:
        return None
    found = {memory.leading.get(leaf.args[0]) if leaf.op == "BVS" else None for leaf in _choices(wide[0][0])}
    return frozenset(name for name in found if name) if found and None not in found else None


def _wide(address: Ast) -> list[tuple[Ast, int]]:
    """Of the parts of a sum, those that can be more than an index."""
    return [(term, factor) for term, factor in addends(address)[0] if largest(term) * abs(factor) >= _INDEX]


def _choices(term: Ast) -> list[Ast]:
    """What a term may be; of a null pointer nothing is read."""
    if term.op == "If":
        return [leaf for choice in term.args[1:] for leaf in _choices(choice)]
    return [] if term.op == "BVV" and not term.args[0] else [term]
