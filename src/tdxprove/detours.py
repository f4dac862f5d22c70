"""Execution inside what the kernel puts in the place of its code: an alternative lies elsewhere, and leads back."""

from __future__ import annotations

from collections.abc import Sequence

from tdxprove.rewriting import Rewrites


class Detours:
    """Replacements under execution: where each starts and ends, and where execution goes on behind it."""

    def __init__(self, active: Sequence[tuple[int, int, int]] = ()) -> None:
        self._active = list(active)

    @property
    def active(self) -> tuple[tuple[int, int, int], ...]:
        """Start, end and following address of each, the innermost last."""
        return tuple(self._active)

    def copy(self) -> Detours:
        """The same for the other side of a branch."""
        return Detours(self._active)

    def enter(self, rewrites: Rewrites, place: int, target: int) -> None:
        """Execution goes from a place to the replacement at `target`."""
        ends = rewrites.replacements.get(place, {})
        if target in ends:
            self._active.append((target, *ends[target]))

    def rejoin(self, target: int) -> int:
        """Where a transfer to `target` leads: from behind the end of a replacement back behind what it replaces."""
        for depth in range(len(self._active) - 1, -1, -1):
            start, end, following = self._active[depth]
            if target == start:
                return target  # another replacement may begin where this one ends
            if target == end:
                del self._active[depth:]
                return following
        return target
