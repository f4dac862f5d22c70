"""Alternatives of the Linux kernel: instructions that it replaces at boot, by the features of the CPU."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tdxprove import symbols
from tdxprove.binary import rejection
from tdxprove.contested import claimed_twice
from tdxprove.rewritten import Variant
from tdxprove.tables import UNKNOWN_FORM, Memory, entries, relative, whole

APPLIED = symbols.system("alternatives_applied")
_ALWAYS = 3 * 32 + 21
"""X86_FEATURE_ALWAYS (Linux arch/x86/include/asm/cpufeatures.h): set on every CPU."""

_NOT, _DIRECT_CALL = 1, 2
"""ALT_FLAG_NOT, ALT_FLAG_DIRECT_CALL (Linux arch/x86/include/asm/alternative.h)."""

_TABLE = ".altinstructions"


@dataclass(frozen=True, slots=True)
class Entry:
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


def variants_of(image: Memory, start: int, group: Sequence[Entry], end: int) -> Iterator[Variant]:
    """What may run at `start`: the last entry whose condition holds wins (arch/x86/kernel/alternative.c)."""

    def target(entry: Entry) -> int | None:
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


def alternatives(image: Memory) -> tuple[dict[int, list[Entry]], set[int]]:
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
    groups: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in fits[0]:
        groups[entry.start].append(entry)
    covered = [(start, start + max(entry.size for entry in group)) for start, group in groups.items()]
    return dict(groups), claimed_twice(covered)


def _parse(image: Memory, width: int, lengths: int, flagged: bool) -> list[Entry] | None:
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
            found.append(Entry(start, source, size, length, feature, flags))
    return found
