"""Control flow of machine code without symbols: which instructions follow which, as far as direct branches tell."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import capstone

from tdxprove.binary import Buffer
from tdxprove.sites import candidates

_ENDS: Final = frozenset("ret retf retfq iretq jmp ljmp ud2 ud1 ud0 int3 sysexit sysret sysretq".split())
_PADDING: Final = frozenset("nop int3".split())
_BRANCHES: Final = frozenset("call loop loope loopne xbegin".split())
# What text and tables decode to, and compilers do not emit: these without a repeat prefix.
_UNLIKELY: Final = frozenset("insb insd outsb outsd arpl retf ljmp lcall".split())
_TARGET = re.compile(r"0x[0-9a-f]+|\d")
_RELATIVE = re.compile(r"\[rip (?:([+-]) )?(0x[0-9a-f]+|\d)?\]")
_LEA: Final = re.compile(rb"[\x48-\x4f]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]")
"""`lea` of an address relative to RIP (Intel SDM volume 2: REX.W 8D /r)."""
_TABLE_DISTANCE = 8
"""Instructions between the load from a jump table and the jump."""
_WINDOW = 48
"""Bytes that are decoded at a time: most runs of instructions are short, and what follows one is not asked for."""


def loaded_addresses(code: Buffer, address: int) -> Iterator[int]:
    """Yield what code at an address loads the addresses of by `lea`: bytes are searched, so not all of it need be."""
    for match in _LEA.finditer(code):
        end = match.end() + 4
        yield address + end + int.from_bytes(code[match.end() : end], "little", signed=True)


class Step(NamedTuple):
    """One instruction, or padding that is none.

    `ends` says that execution does not go on behind it, `target` is that of a direct jump or call, `refers` an address
    that is taken rip-relative, `scaled` an access to a table.
    """

    end: int
    mnemonic: str
    ends: bool
    target: int | None
    refers: int | None
    scaled: bool


@dataclass(slots=True)
class Reached:
    """Instructions that starts lead to; whether all that they lead to decodes, and whether a jump goes by a table."""

    steps: set[int]
    decodes: bool
    switches: bool


class Flow:
    """The instructions of one section, decoded where something leads and only once."""

    def __init__(self, code: bytes, address: int) -> None:
        self.low, self.high = address, address + len(code)
        self.steps: dict[int, Step] = {}
        self._code = code
        # capstone does not know the TDX instructions: it rejects them or takes them for others.
        self._tdx = {address + at: address + found.opcode + 3 for found in candidates(code) for at in found.starts}
        self._decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)

    def step(self, address: int) -> Step | None:
        """Return the instruction at an address, None when there is none or what decodes there is no likely code."""
        if address not in self.steps:
            for at, step in self._decode(address):
                if at in self.steps:
                    break
                self.steps[at] = step
                if step.ends:
                    break
        return self.steps.get(address)

    def _decode(self, address: int) -> Iterator[tuple[int, Step]]:
        while self.low <= address < self.high:
            if address in self._tdx:
                yield address, Step(self._tdx[address], "tdx", False, None, None, False)
                address = self._tdx[address]
                continue
            window = self._code[address - self.low : address - self.low + _WINDOW]
            moved = False
            for at, size, mnemonic, operands in self._decoder.disasm_lite(window, address):
                if at in self._tdx:
                    break
                if mnemonic in _UNLIKELY or (mnemonic == "add" and operands == "byte ptr [rax], al"):
                    return
                moved = True
                address = at + size
                yield at, _step(at + size, mnemonic, operands)
            if not moved and address not in self._tdx:
                return

    def padding(self, address: int) -> int:
        """Return the first address at or behind the given one that is no padding."""
        while address < self.high:
            if self._code[address - self.low] in b"\x00\xcc":
                address += 1
                continue
            step = self.step(address)
            if step is None or step.mnemonic not in _PADDING:
                break
            address = step.end
        return address

    def reach(self, starts: Iterable[int], stops: Container[int], *, all_or_none: bool = False) -> Reached:
        """Follow direct branches from the starts, up to other addresses in `stops`. Calls are taken to come back.

        `all_or_none` gives up at the first instruction that does not decode.
        """
        starts = set(starts)
        found = Reached(set(), True, False)
        pending = list(starts)
        while pending and (found.decodes or not all_or_none):
            address = pending.pop()
            scaled = _TABLE_DISTANCE + 1
            while address not in found.steps and (address in starts or address not in stops):
                step = self.steps.get(address) or self.step(address)
                if step is None:
                    found.decodes = False
                    break
                found.steps.add(address)
                scaled = 0 if step.scaled else scaled + 1
                if step.target is not None and step.mnemonic != "call":
                    found.decodes &= self.low <= step.target < self.high
                    pending.append(step.target)
                if step.mnemonic == "jmp" and step.target is None and scaled <= _TABLE_DISTANCE:
                    found.switches = True
                if step.ends:
                    break
                address = step.end
        return found


def _step(end: int, mnemonic: str, operands: str) -> Step:
    name = mnemonic.rpartition(" ")[2]  # bnd, notrack, rep
    target = refers = None
    if (name[0] == "j" or name in _BRANCHES) and _TARGET.fullmatch(operands):
        target = int(operands, 16)
    elif name == "lea" and (found := _RELATIVE.search(operands)):
        distance = int(found[2] or "0", 16)
        refers = end - distance if found[1] == "-" else end + distance
    elif name == "xchg" and operands == "ax, ax":
        name = "nop"
    return Step(end, name, name in _ENDS, target, refers, "*8" in operands or "*4" in operands)
