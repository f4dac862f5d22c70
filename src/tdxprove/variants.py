"""The step before an instruction that the kernel may have rewritten: one path for each thing that may stand there."""

from __future__ import annotations

from tdxprove.exploration import Exploration
from tdxprove.instructions import Decoded
from tdxprove.rewriting import Rewrites
from tdxprove.rewritten import Rewritten
from tdxprove.thread import CutError, Thread
from tdxprove.well_known import RETURN_THUNKS

_ASSUMPTION = "what the kernel makes of its code does not change during a call, and every variant was followed"


def variants(x: Exploration, thread: Thread) -> list[Thread] | None:
    """The threads that go on from here, None where nothing but the bytes of the file can stand.

    Raises:
        CutError: nobody knows what may stand here.
    """
    rewrites, pc = x.image.rewrites, thread.pc
    if thread.settled == pc:
        return None
    if pc not in rewrites.places and pc not in rewrites.inside and pc not in rewrites.unclear:
        return None
    covering = x.image.symbol_at(pc)
    if covering is not None and covering[0].name in RETURN_THUNKS:
        return None  # whatever becomes of it returns: the report says that this is assumed
    if pc in rewrites.unclear:
        raise CutError(
            f"the kernel may replace this instruction at run time ({rewrites.unclear[pc]}), by what is unclear"
        )
    place = rewrites.places.get(pc)
    if place is None:
        start = rewrites.inside.get(pc)
        if start is not None and thread.standing.get(start, start) is not None:
            raise CutError(f"reaches the middle of code that the kernel may replace at {x.image.locate(start)}")
        return None
    following = []
    for variant in place.variants:
        branch = x.suppose(thread, variant.when)
        if branch is not None:
            stand(branch, rewrites, place, variant.target)
            following.append(branch)
    return following


def check_boundaries(x: Exploration, thread: Thread, decoded: Decoded) -> None:
    """Check that an instruction is what the kernel leaves or rewrites as a whole.

    Raises:
        CutError: it is not.
    """
    rewrites, pc = x.image.rewrites, thread.pc
    crossed = rewrites.boundaries.crossed(pc, decoded.size)
    if crossed is not None:
        raise CutError(f"the kernel may replace a part of this instruction, at {x.image.locate(crossed)}")
    if pc in rewrites.static_calls and not decoded.mnemonic.startswith(("j", "call")):
        raise CutError("the kernel may replace this instruction, by a static call")
    if any(start <= pc < end < pc + decoded.size for start, end, *_ in thread.detours.active):
        raise CutError("this instruction reaches out of what the kernel puts in the place of its code")


def stand(thread: Thread, rewrites: Rewrites, place: Rewritten, target: int | None) -> None:
    """Continue with the variant at `target`, or with the bytes of the file."""
    start = thread.pc
    thread.standing[start] = target
    thread.assumptions.add(f"{_ASSUMPTION} ({place.kind})")
    if target is None:
        thread.settled = start
        return
    thread.detours.enter(rewrites, start, target, len(thread.callers))
    thread.pc = target
