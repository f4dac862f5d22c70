"""What the Linux kernel makes of its own code at boot and later: alternatives, jump labels, static calls.

Which variant of an instruction runs depends on bits of the system, each of them one symbol for the whole proof: whether
alternatives are applied yet, whether the CPU has a feature, whether a static key is enabled. So all variants are
followed, and two places that hang on the same bit agree.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tdxprove import symbols
from tdxprove.binary import rejection
from tdxprove.contested import PATCH, Boundaries, claimed_twice, within
from tdxprove.tables import UNKNOWN_FORM, Memory, entries, extents, in_code, is_code, references, relative, whole

APPLIED = symbols.system("alternatives_applied")
_ALWAYS = 3 * 32 + 21
"""X86_FEATURE_ALWAYS (Linux arch/x86/include/asm/cpufeatures.h): set on every CPU."""

_NOT, _DIRECT_CALL = 1, 2
"""ALT_FLAG_NOT, ALT_FLAG_DIRECT_CALL (Linux arch/x86/include/asm/alternative.h)."""

_TABLE = ".altinstructions"


@dataclass(frozen=True, slots=True)
class Variant:
    """What runs when each named bit has its value: the code at `target`, or the bytes of the file (None)."""

    when: Mapping[str, int]
    target: int | None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A place in the code and everything that may stand there; `kind` is for people."""

    kind: str
    variants: tuple[Variant, ...]

    def chosen(self, values: Mapping[str, int]) -> int | None:
        """The code that runs when the bits of the system have these values (0 where none is given)."""
        for variant in self.variants:
            if all(values.get(name, 0) == value for name, value in variant.when.items()):
                return variant.target
        return None


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


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of `.altinstructions`."""

    start: int
    source: int
    size: int
    length: int
    feature: int
    flags: int

    @property
    def bit(self) -> tuple[str, int] | None:
        """The bit of the system that applies this entry; None for one that always applies."""
        if self.feature == _ALWAYS:
            return None
        return symbols.system(f"cpu_feature_{self.feature // 32}_{self.feature % 32}"), 0 if self.flags & _NOT else 1


def rewrites(image: Memory) -> Rewrites:
    """Read the tables of a kernel, module or object.

    Raises:
        ImageError: a table is malformed or not relocated.
    """
    places: dict[int, Rewritten] = {}
    unclear: dict[int, str] = {}
    labels = _jump_labels(image)
    for address, label in labels.items():
        if label is None:
            unclear[address] = "jump label"
        else:
            places[address] = label
    replacements: dict[int, dict[int, tuple[int, int]]] = {}
    inside: dict[int, int] = {}
    alternatives, ambiguous = _alternatives(image)
    for start, group in alternatives.items():
        end = start + max(entry.size for entry in group)
        places[start] = Rewritten("alternative", tuple(_variants(image, start, group, end)))
        replacements[start] = {entry.source: (entry.source + entry.length, end) for entry in group if entry.length}
        inside |= dict.fromkeys(range(start, end), start)
    unclear |= dict.fromkeys(ambiguous, "alternative")
    static_calls = frozenset(references(image, ".static_call_sites", 8))
    unclear |= _contested(labels, alternatives, static_calls)
    plain = dict.fromkeys(references(image, ".return_sites", 4), "return thunk")
    plain |= dict.fromkeys(references(image, ".retpoline_sites", 4), "retpoline")
    accounting = any(size for _, size in extents(image, ".call_sites"))
    sizes = dict.fromkeys((*plain, *static_calls), PATCH)
    # Of an alternative `inside` tells where its middle is: the bytes of the file may be what stands there.
    sizes |= dict.fromkeys(alternatives, 0) | {at: _label_size(image, at) or PATCH for at in labels}
    return Rewrites(places, replacements, inside, static_calls, plain, unclear, accounting, Boundaries(sizes))


def _contested(
    labels: Collection[int], alternatives: Mapping[int, Sequence[_Entry]], static_calls: Collection[int]
) -> dict[int, str]:
    """What two tables claim."""
    covered = [(start, start + max(entry.size for entry in group)) for start, group in alternatives.items()]
    sources = [(e.source, e.source + e.length) for group in alternatives.values() for e in group if e.length]
    found = dict.fromkeys(set(static_calls) & set(labels), "jump label and static call")
    for extents_of, what in ((covered, "an alternative"), (sources, "a replacement")):
        for place, start in within([*labels, *static_calls], extents_of):
            found |= dict.fromkeys((place, start), f"jump label or static call in {what}")
    return found | dict.fromkeys((place for place, _ in within(alternatives, sources)), "alternative in a replacement")


# -- alternatives -----------------------------------------------------------------------------------------------------


def _variants(image: Memory, start: int, group: Sequence[_Entry], end: int) -> Iterator[Variant]:
    """What may run at `start`: the last entry whose condition holds wins (arch/x86/kernel/alternative.c)."""

    def target(entry: _Entry) -> int | None:
        if entry.flags & _DIRECT_CALL:
            return None  # the call of the file, made direct
        return entry.source if entry.length else end

    native = [entry for entry in group if not entry.flags & _DIRECT_CALL]
    if native and image.calls_paravirt(start):
        # The call through pv_ops does what the instructions do that stand here without a paravirtual CPU.
        yield Variant({}, target(native[-1]))
        return
    yield Variant({APPLIED: 0}, None)
    refused: dict[str, int] = {APPLIED: 1}
    for entry in reversed(group):
        if entry.bit is None:
            yield Variant(dict(refused), target(entry))
            return
        name, value = entry.bit
        if refused.get(name, value) == value:
            yield Variant(refused | {name: value}, target(entry))
        if refused.setdefault(name, 1 - value) == value:
            return
    yield Variant(dict(refused), None)


def _alternatives(image: Memory) -> tuple[dict[int, list[_Entry]], set[int]]:
    """Read the table; return entries by the address that they replace, and addresses that are not clear.

    The entry is two relative addresses, then u16 feature (bit 15: not) and two u8 lengths (12 bytes); with a third
    length before Linux 5.14 (13 bytes); with u16 flags behind the feature since Linux 6.3 (14 bytes).
    """
    forms = ((14, 12, True), (12, 10, False), (13, 10, False))
    fits = [
        found
        for width, lengths, flags in forms
        if whole(image, _TABLE, width) and (found := _parse(image, width, lengths, flags)) is not None
    ]
    if not fits:
        raise rejection(image.name, f"section {_TABLE!r} has entries of an unknown form", UNKNOWN_FORM)
    if len(fits) > 1 and any(fits):  # a short table may fit two forms
        return {}, {at for found in fits for e in found for at in range(e.start, e.start + e.size)}
    groups: defaultdict[int, list[_Entry]] = defaultdict(list)
    for entry in fits[0]:
        groups[entry.start].append(entry)
    covered = [(start, start + max(entry.size for entry in group)) for start, group in groups.items()]
    return dict(groups), claimed_twice(covered)


def _parse(image: Memory, width: int, lengths: int, flagged: bool) -> list[_Entry] | None:
    found = []
    code = [(section.address, section.address + section.size) for section in image.sections if section.executable]

    def executable(address: int) -> bool:
        return any(start <= address < end for start, end in code)

    for place, entry in entries(image, _TABLE, width):
        start, source = relative(place, entry), relative(place, entry, 4)
        feature, flags = struct.unpack_from("<HH", entry, 8)
        if not flagged:
            feature, flags = feature & 0x7FFF, _NOT if feature & 0x8000 else 0
        size, length = entry[lengths], entry[lengths + 1]
        if length > size or not executable(start) or not executable(start + max(size, 1) - 1):
            return None
        if (length and not executable(source)) or flags & ~(_NOT | _DIRECT_CALL):
            return None
        if size and (feature, flags & _NOT) != (_ALWAYS, _NOT):  # which no CPU is without
            found.append(_Entry(start, source, size, length, feature, flags))
    return found


# -- jump labels ------------------------------------------------------------------------------------------------------

_NOPS = {b"\xeb": 2, b"\xe9": 5, b"\x66\x90": 2, b"\x0f\x1f\x44\x00\x00": 5, b"\x3e\x8d\x74\x26\x00": 5}
"""How a jump label looks, and its length (Linux arch/x86/kernel/jump_label.c)."""

_BRANCH = 1
"""Bit 0 of the key: the label jumps where the key is disabled (Linux include/linux/jump_label.h)."""


def _jump_labels(image: Memory) -> dict[int, Rewritten | None]:
    """Read `__jump_table` (include/linux/jump_label.h: s32 code, s32 target, s64 key, each relative to its place)."""
    found: dict[int, Rewritten | None] = {}
    for place, entry in entries(image, "__jump_table", 16, needed=8):
        code, target = relative(place, entry), relative(place, entry, 4)
        key = entry[8:] or image.read(place + 8, 8)
        bits = _key(code, None if key is None else (place + 8 + int.from_bytes(key, "little")) % (1 << 64))
        size = _label_size(image, code)
        twice = code in found
        found[code] = None
        if not twice and size is not None and is_code(image, target):
            name, value = bits
            jump, on = Variant({name: value}, target), Variant({name: 1 - value}, code + size)
            found[code] = Rewritten("jump label", (jump, on))
    return in_code(image, "__jump_table", found)


def _key(code: int, key: int | None) -> tuple[str, int]:
    """The bit of a static key, and its value where the label jumps."""
    if key is None:
        return symbols.system(f"static_key_of_{code:#x}"), 1
    return symbols.system(f"static_key_{key & ~3:#x}"), 0 if key & _BRANCH else 1


def _label_size(image: Memory, code: int) -> int | None:
    known = image.read(code, 5) or image.read(code, 2) or image.read(code, 1) or b""  # a linker settles the rest
    return next((size for pattern, size in _NOPS.items() if known.startswith(pattern)), None)
