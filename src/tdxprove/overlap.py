"""Bytes of a TDX instruction that lie inside another instruction: whether nothing executes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from tdxprove.binary import Binary, Buffer
from tdxprove.discover import Discovered
from tdxprove.flow import Flow, loaded_addresses
from tdxprove.sites import Candidate

_NEAR = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]")
"""Opcodes of calls and jumps with a 32-bit displacement (Intel SDM volume 2)."""

_INSTRUCTION = 15
"""Bytes of the longest instruction (Intel SDM volume 2, 2.3.11)."""


_NEARBY = 0x1000
"""Bytes around a place in which functions begin that may lead there by short jumps, which no search for bytes finds."""


def ruled_out(binary: Binary, flow: Flow, start: int, candidate: Candidate) -> bool:
    """Whether what a sweep met inside another instruction is executed by nobody, as far as bytes can tell.

    Args:
        binary: with the candidate.
        flow: of its section.
        start: of the function around it.
        candidate: at its addresses.
    """
    symbols = binary.symbols
    near = {start, *symbols.starts(start - _NEARBY, candidate.plain + _NEARBY)}
    sure = near.difference(symbols.guessed) if isinstance(symbols, Discovered) else near
    if not _executed_around(flow, sure, candidate):
        return False
    data = (binary.code(section) for section in binary.sections)
    texts = ((section.address, binary.code(section)) for section in binary.sections if section.executable)
    return not _leads_to(candidate.starts, texts, data)


def _executed_around(flow: Flow, starts: Iterable[int], candidate: Candidate) -> bool:
    """Whether direct branches from the starts lead to an instruction around a candidate, and to none of its own starts.

    A sweep may meet the candidate inside an instruction that is none: in data, or in padding that is jumped over.
    """
    steps = flow.reach(starts, ()).steps
    around = range(candidate.opcode - _INSTRUCTION + 1, candidate.opcode + 3)
    found = any(
        at in steps and at not in candidate.starts and at <= candidate.plain < flow.steps[at].end for at in around
    )
    return found and steps.isdisjoint(candidate.starts)


def _leads_to(places: Collection[int], texts: Iterable[tuple[int, Buffer]], data: Iterable[Buffer]) -> bool:
    """Whether one of the places is a target of what reads as a branch or a `lea` in a text, or stands in data or code.

    `texts` are machine code with its address. Bytes are searched, not instructions: there may be a way in that is none.
    """
    if any(place.to_bytes(8, "little") in bytes(content) for content in data for place in places):
        return True
    return any(target in places for address, code in texts for target in _targets(code, address))


def _targets(code: Buffer, address: int) -> Iterator[int]:
    for match in _NEAR.finditer(code):
        end = match.end() + 4
        yield address + end + int.from_bytes(code[match.end() : end], "little", signed=True)
    yield from loaded_addresses(code, address)
