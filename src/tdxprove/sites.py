"""Finding TDX instructions in machine code.

Bytes are searched, not instructions, so that nothing is missed; what a sweep shows to lie inside another instruction
is dropped. Encodings: Intel SDM vol. 2 and the TDX module's ABI specification, `66 0F 01 CC..CF`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import capstone

MNEMONICS = {0xCC: "tdcall", 0xCD: "seamret", 0xCE: "seamops", 0xCF: "seamcall"}

_OPCODE = re.compile(rb"\x0f\x01[\xcc-\xcf]")
# Legacy prefixes and REX: a processor accepts them around the mandatory 66, so they do not hide an instruction.
_PREFIXES = frozenset(b"\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3") | frozenset(range(0x40, 0x50))
_LONGEST_PREFIX = 12
_BRANCH = re.compile(r"j|call|loop|xbegin")
# capstone writes numbers below 10 without the 0x.
_TARGET = re.compile(r"0x[0-9a-f]+|\d")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Bytes that read as a TDX instruction when decoded from any offset in `starts`."""

    opcode: int
    starts: range
    instruction: str

    @property
    def plain(self) -> int:
        """Offset of the last possible start, the 66 closest to the opcode."""
        return self.starts[-1]

    def moved(self, distance: int) -> "Candidate":
        """Return the candidate at other offsets; starts before offset 0 are left out."""
        starts = range(max(0, self.starts.start + distance), self.starts.stop + distance)
        return Candidate(self.opcode + distance, starts, self.instruction)


def candidates(code: bytes | bytearray | memoryview) -> Iterator[Candidate]:
    """Yield every place in code that holds the bytes of a TDX instruction."""
    for match in _OPCODE.finditer(code):
        opcode = match.start()
        low = opcode
        while low and opcode - low < _LONGEST_PREFIX and code[low - 1] in _PREFIXES:
            low -= 1
        mandatory = bytes(code[low:opcode]).rfind(0x66)
        if mandatory >= 0:
            yield Candidate(opcode, range(low, low + mandatory + 1), MNEMONICS[code[opcode + 2]])


def confirm(code: bytes, found: Sequence[Candidate], labels: Sequence[int]) -> dict[Candidate, int]:
    """Sweep code from offset 0 and return the candidates that may be instructions, with their offset.

    A candidate is dropped only when the sweep decodes everything up to it, meets every label and branch target on the
    way at the start of an instruction, and finds the candidate inside another instruction. Otherwise it stays: data
    between instructions leads a sweep astray.
    """
    boundaries, targets, reached = _sweep(code, found)
    broken = [label for label in {*labels, *targets} if 0 <= label < reached and label not in boundaries]
    confirmed = {}
    for candidate in found:
        start = next((offset for offset in candidate.starts if offset in boundaries), None)
        if start is None and (candidate.plain >= reached or broken):
            start = candidate.plain
        if start is not None:
            confirmed[candidate] = start
    return confirmed


def _sweep(code: bytes, found: Sequence[Candidate]) -> tuple[set[int], set[int], int]:
    """Return instruction starts, direct branch targets, and the offset up to which the code decodes."""
    # capstone does not know the TDX instructions: it rejects them or takes them for others.
    known = {offset: candidate.opcode + 3 for candidate in found for offset in candidate.starts}
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    boundaries: set[int] = set()
    targets: set[int] = set()
    position = 0
    while position < len(code):
        if position in known:
            boundaries.add(position)
            position = known[position]
            continue
        for address, size, mnemonic, operands in decoder.disasm_lite(code[position:], position):
            if address in known:
                break
            boundaries.add(address)
            position = address + size
            if _BRANCH.match(mnemonic) and _TARGET.fullmatch(operands):
                targets.add(int(operands, 16))
        if position not in known:
            break
    return boundaries, targets, position
