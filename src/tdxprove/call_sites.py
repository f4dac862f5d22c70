"""TDX instructions of a binary, each confirmed by a sweep over the function around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tdxprove.binary import Binary, Section, Symbol
from tdxprove.sites import Candidate, candidates, confirm


@dataclass(frozen=True, slots=True)
class Site:
    """A TDX instruction; instruction is "tdcall", "seamcall", "seamret" or "seamops"."""

    address: int
    instruction: str
    symbol: Symbol | None


def call_sites(binary: Binary) -> Iterator[Site]:
    """Yield every TDX instruction of the executable sections."""
    groups: dict[tuple[Section, int, int], list[Candidate]] = {}
    for section in sorted(binary.sections, key=lambda section: (section.address, section.size)):
        for candidate in candidates(binary.code(section)) if section.executable else ():
            start, end = _sweep_range(binary, section, section.address + candidate.plain)
            shifted = candidate.moved(section.address - start)
            groups.setdefault((section, start, end), []).append(shifted)
    for (section, start, end), members in groups.items():
        data = binary.code(section)
        code = bytes(data[start - section.address : end - section.address])
        labels = [label - start for label in binary.symbols.starts(start, end)]
        for candidate, offset in confirm(code, members, labels).items():
            covering = binary.symbols.covering(start + offset)
            yield Site(start + offset, candidate.instruction, covering)


def _sweep_range(binary: Binary, section: Section, address: int) -> tuple[int, int]:
    """Return the addresses of the function around a candidate, or from the symbol before it on."""
    covering = binary.symbols.covering(address)
    if covering is not None and covering.address <= address:
        start, end = binary.symbols.bounds(covering)
    else:
        before = binary.symbols.starts(section.address, address + 1)
        start, end = before[-1] if before else section.address, address
    # Room for the candidate itself, should it straddle the end.
    return max(start, section.address), min(max(end, address + 16), section.address + section.size)
