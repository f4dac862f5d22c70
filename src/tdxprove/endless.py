"""Functions of the file that never come back: control flow says so, whatever they are called.

What is asked is whether any way through the code from the start of a function leads to a return, or to where nobody
knows. Calls in it are taken to come back right behind themselves, but for those of functions that never do. What can
not be followed counts as a return, so nothing is believed of a function but what was seen of all of its code.
"""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from tdxprove.image import Image
from tdxprove.instructions import TDX_ENCODINGS, TRAPS, Decoded, UnsupportedInstructionError, decode

_MOST: Final = 4_096
"""Instructions of one function that are looked at: those that end a program are short."""

_DEEPEST: Final = 16
"""Calls in each other that are looked at: a function may end by another one that never returns."""

_BRANCHES: Final = ("j", "loop", "xbegin")
_LEAVING: Final = frozenset(
    "ret retf retfq iret iretd iretq sysret sysretq sysexit sysexitq sysenter ljmp lcall rsm uiret eretu erets "
    "vmlaunch vmresume vmrun".split()
)
"""Instructions behind which, or behind whose return, execution goes on where the code does not say (Intel SDM volume 2;
AMD64 Architecture Programmer's Manual volume 3)."""

_known: WeakKeyDictionary[Image, dict[int, bool]] = WeakKeyDictionary()


def never_returns(image: Image, start: int, within: tuple[int, ...] = ()) -> bool:
    """Is there a function at an address from which no way leads back?

    It is not one that came back if it was called by itself, or by one of those `within` which it is looked at: the
    first of them that comes back does so without another one. If none of them does, that was right to suppose.
    """
    known = _known.setdefault(image, {})
    if start in known or start in within:
        return known.get(start, True)
    if len(within) >= _DEEPEST:
        return False
    endless = _is_endless(image, start, (*within, start))
    if not (endless and within):
        known[start] = endless
    return endless


def _is_endless(image: Image, start: int, within: tuple[int, ...]) -> bool:
    pending, seen = [start], set[int]()
    while pending:
        at = pending.pop()
        if at in seen:
            continue
        seen.add(at)
        following = None if len(seen) > _MOST else _following(image, at, within)
        if following is None:
            return False
        pending += following
    return True


def _following(image: Image, at: int, within: tuple[int, ...]) -> list[int] | None:
    """Where execution may go on behind an instruction; None where that is a return, or nobody knows."""
    decoded = _plain(image, at)
    if decoded is None:
        return None
    name, target, behind = decoded.mnemonic.rpartition(" ")[2], decoded.target(at), at + decoded.size
    faulting = [image.fixups[at].target] if at in image.fixups else []
    if name in _LEAVING or name in TDX_ENCODINGS or (name == "jmp" and target is None):
        return None
    if name in TRAPS and not image.bugs.get(at):
        return faulting
    if name == "jmp" and target is not None:
        return [*faulting, target]
    if name == "call" and target is not None and never_returns(image, target, within):
        return faulting
    if name.startswith(_BRANCHES):
        return None if target is None else [*faulting, target, behind]
    return [*faulting, behind]


def _plain(image: Image, at: int) -> Decoded | None:
    """The instruction at an address, if it is in code that stays as it is in the file."""
    section, rewrites = image.section_at(at), image.rewrites
    if section is None or section.writable or not section.executable or image.external_at(at) is not None:
        return None
    patched = at in rewrites.places or at in rewrites.inside or at in rewrites.unclear or at in rewrites.static_calls
    code = image.fetch(at)
    if patched or code is None:
        return None
    try:
        decoded = decode(code)
    except UnsupportedInstructionError:
        return None
    return None if rewrites.boundaries.crossed(at, decoded.size) is not None else decoded
