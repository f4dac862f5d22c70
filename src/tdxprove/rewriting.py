"""What the Linux kernel makes of its own code at boot and later: alternatives, jump labels, static calls."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tdxprove.alternatives import Entry, alternatives, variants_of
from tdxprove.contested import PATCH, Boundaries, within
from tdxprove.jump_labels import jump_labels, label_size
from tdxprove.rewritten import Rewritten
from tdxprove.tables import Memory, extents, references


@dataclass(frozen=True)
class Rewrites:
    """Everything that may be rewritten.

    Args:
        places: what may stand at an address.
        replacements: for such an address: where each replacement starts, where it ends, where execution goes on then.
        inside: the bytes that an alternative covers, each to the address of the first.
        static_calls: calls and jumps whose target is set at run time.
        plain: places that keep their meaning, each with what rewrites it.
        unclear: places of which nobody knows what they become.
        accounting: calls may go through code that counts them (call depth tracking).
        boundaries: where anything is written over the code.
    """

    places: Mapping[int, Rewritten] = field(default_factory=dict)
    replacements: Mapping[int, Mapping[int, tuple[int, int]]] = field(default_factory=dict)
    inside: Mapping[int, int] = field(default_factory=dict)
    static_calls: frozenset[int] = frozenset()
    plain: Mapping[int, str] = field(default_factory=dict)
    unclear: Mapping[int, str] = field(default_factory=dict)
    accounting: bool = False
    boundaries: Boundaries = field(default_factory=lambda: Boundaries({}), compare=False)

    @cached_property
    def _in_order(self) -> list[int]:
        return sorted(self.places)

    def detours(self, start: int, end: int) -> Iterator[tuple[int, int | None]]:
        """Yield where execution may go instead from places in [start, end), and where code that is put there ends."""
        at, last = bisect_left(self._in_order, start), bisect_left(self._in_order, end)
        for place in self._in_order[at:last]:
            for variant in self.places[place].variants:
                if variant.target is not None:
                    yield variant.target, self.replacements.get(place, {}).get(variant.target, (None,))[0]


def rewrites(image: Memory) -> Rewrites:
    """Read the tables of a kernel, module or object.

    Raises:
        ImageError: a table is malformed or not relocated.
    """
    places: dict[int, Rewritten] = {}
    unclear: dict[int, str] = {}
    labels = jump_labels(image)
    for address, label in labels.items():
        if label is None:
            unclear[address] = "jump label"
        else:
            places[address] = label
    replacements: dict[int, dict[int, tuple[int, int]]] = {}
    inside: dict[int, int] = {}
    groups, ambiguous = alternatives(image)
    for start, group in groups.items():
        end = start + max(entry.size for entry in group)
        places[start] = Rewritten("alternative", tuple(variants_of(image, start, group, end)))
        replacements[start] = {entry.source: (entry.source + entry.length, end) for entry in group if entry.length}
        inside |= dict.fromkeys(range(start, end), start)
    unclear |= dict.fromkeys(ambiguous, "alternative")
    static_calls = frozenset(references(image, ".static_call_sites", 8))
    unclear |= _contested(labels, groups, static_calls)
    plain = dict.fromkeys(references(image, ".return_sites", 4), "return thunk")
    plain |= dict.fromkeys(references(image, ".retpoline_sites", 4), "retpoline")
    accounting = any(size for _, size in extents(image, ".call_sites"))
    sizes = dict.fromkeys((*plain, *static_calls), PATCH)
    # Of an alternative `inside` tells where its middle is: the bytes of the file may be what stands there.
    sizes |= dict.fromkeys(groups, 0) | {at: label_size(image, at) or PATCH for at in labels}
    return Rewrites(places, replacements, inside, static_calls, plain, unclear, accounting, Boundaries(sizes))


def _contested(
    labels: Collection[int], groups: Mapping[int, Sequence[Entry]], static_calls: Collection[int]
) -> dict[int, str]:
    """What two tables claim."""
    covered = [(start, start + max(entry.size for entry in group)) for start, group in groups.items()]
    sources = [(e.source, e.source + e.length) for group in groups.values() for e in group if e.length]
    found = dict.fromkeys(set(static_calls) & set(labels), "jump label and static call")
    for extents_of, what in ((covered, "an alternative"), (sources, "a replacement")):
        for place, start in within([*labels, *static_calls], extents_of):
            found |= dict.fromkeys((place, start), f"jump label or static call in {what}")
    return found | dict.fromkeys((place for place, _ in within(groups, sources)), "alternative in a replacement")
