"""Execution inside what the kernel puts in the place of its code: an alternative lies elsewhere, and leads back."""

from __future__ import annotations

from collections.abc import Sequence

from tdxprove.rewriting import Rewrites


class Detours:
    """Replacements under execution: where each starts and ends, and where execution goes on behind it."""

    def __init__(self, active: Sequence[tuple[int, int, int, int]] = ()) -> None:
        self._active = list(active)

    @property
    def active(self) -> tuple[tuple[int, int, int, int], ...]:
        """Start, end, following address and depth of calls of each, the innermost last."""
        return tuple(self._active)

    def copy(self) -> Detours:
        """The same for the other side of a branch."""
        return Detours(self._active)

    def enter(self, rewrites: Rewrites, place: int, target: int, depth: int = 0) -> None:
        """Execution goes from a place to the replacement at `target`, inside so many calls."""
        ends = rewrites.replacements.get(place, {})
        if target in ends:
            self._active.append((target, *ends[target], depth))

    def rejoin(self, target: int) -> int:
        """Where a transfer to `target` leads: from behind the end of a replacement back behind what it replaces."""
        for index in range(len(self._active) - 1, -1, -1):
            start, end, following, _ = self._active[index]
            if target == start:
                return target  # another replacement may begin where this one ends
            if target == end:
                del self._active[index:]
                return following
        return target

    def leave(self, address: int, depth: int) -> None:
        """A jump out of a replacement, and no call, is the end of it: what stands for it in memory has been left."""
        while self._active:
            start, end, _, entered = self._active[-1]
            if depth > entered or start <= address < end:
                return
            self._active.pop()
