"""The memory of a concrete run: the image's bytes, what the solver chose, and what accesses to it show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import unicorn
import z3

from tdxprove import symbols
from tdxprove.effect import Effect
from tdxprove.entry import EntryState
from tdxprove.image import Image
from tdxprove.path import Access
from tdxprove.processor import ADDRESS_MASK, Processor
from tdxprove.scenario import Choices, Scenario
from tdxprove.symbols import Origin

_PAGE = 0x1000
_SLACK = 0x4000
"""How far an object of unknown extent, or what is behind a segment's base, reaches in a concrete run, in bytes."""


@dataclass(frozen=True)
class Span:
    """Addresses from `start` up to `end` that may be accessed."""

    start: int
    end: int
    readable: bool
    writable: bool

    def allows(self, address: int, size: int, write: bool) -> bool:
        """Does an access lie in it, and is it one that may be?"""
        return self.start <= address and address + size <= self.end and (self.writable if write else self.readable)

    def is_near(self, address: int) -> bool:
        """Is this in it, or so close that it belongs to nothing else?"""
        return self.start - _SLACK <= address < self.end + _SLACK


class ConcreteMemory:
    """Pages that are mapped when they are touched; `accesses` are those that the contract does not allow.

    `reads` are the addresses elsewhere that the path under proof has read, with what it found there.
    """

    def __init__(
        self,
        scenario: Scenario,
        choices: Choices,
        processor: Processor,
        reads: Iterable[tuple[z3.BitVecRef, z3.BitVecRef]],
    ) -> None:
        self._image, self._entry, self._choices, self._uc = scenario.image, scenario.entry, choices, processor.uc
        self.accesses: list[Access] = []
        self.unknowns = 0
        self.writes = 0
        self._generation = 0
        self._forgotten = 0
        self._chosen: set[int] = set()
        self._mapped: set[int] = set()
        self._pc = 0
        self._rsp = 0
        self._lowest_write = ADDRESS_MASK
        self._stack = choices.of(symbols.entry("rsp"))
        self._starts = {region.name: choices.of(symbols.argument(region.name)) for region in scenario.entry.regions}
        self._starts |= {segment: choices.of(name) for name, segment in symbols.SEGMENT_BASES.items()}
        self._starts |= {symbols.STACK: self._stack, symbols.DATA: 0}
        self._spans = _spans(scenario.image, scenario.entry, choices)
        self._enter(reads)
        self._uc.hook_add(
            unicorn.UC_HOOK_MEM_UNMAPPED, lambda _uc, _access, address, size, _value, _user: self.map(address, size)
        )
        self._uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_read)
        self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_write)

    # -- entry -------------------------------------------------------------------------------------------------------

    def _enter(self, reads: Iterable[tuple[z3.BitVecRef, z3.BitVecRef]]) -> None:
        for region, offset, value in self._choices.words:
            self._put_word(region, offset, value)
        for where, what in reads:
            self._poke(self._choices.number(where), self._choices.number(what), what.size() // 8)
        for offset, slot in self._entry.stack.items():
            high = self._choices.of(symbols.word(symbols.STACK, offset) + ".high") << slot.bits if slot.bits < 64 else 0
            self._poke(self._stack + offset, self._choices.of(slot.name) | high)
        if 0 not in self._entry.stack:
            self._poke(self._stack, self._choices.of(symbols.RETURN_ADDRESS))

    def _put_word(self, region: str, offset: int, value: int) -> None:
        """A word of a region that the solver chose; none of those that a run meets by another name."""
        if region in self._starts:
            self._poke(self._starts[region] + offset, value)

    def _poke(self, address: int, value: int, size: int = symbols.WORD) -> None:
        address &= ADDRESS_MASK
        self.write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))
        self._chosen.update(range(address, address + size))

    # -- contents ----------------------------------------------------------------------------------------------------

    def read(self, address: int, size: int) -> bytes:
        """What is there; no access of the function's."""
        self.map(address, size)
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, content: bytes) -> None:
        """Put bytes there; no access of the function's."""
        self.map(address, len(content))
        self._uc.mem_write(address, content)

    def map(self, address: int, size: int) -> bool:
        """Map the pages of an access, with the image's bytes where the image is."""
        for page in {address & -_PAGE & ADDRESS_MASK, (address + size - 1) & -_PAGE & ADDRESS_MASK}:
            if page not in self._mapped:
                self._uc.mem_map(page, _PAGE)
                self._mapped.add(page)
                self._fill(page)
        return True

    def _fill(self, page: int) -> None:
        for section in self._image.sections:
            low, high = max(page, section.address), min(page + _PAGE, section.address + section.size)
            if low >= high:
                continue
            whole = self._image.read(low, high - low)
            if whole is not None:
                self._uc.mem_write(low, whole)
                continue
            for at in range(low, high):
                byte = self._image.read(at, 1)
                if byte is not None:
                    self._uc.mem_write(at, byte)
        for at in range(page, page + _PAGE, symbols.WORD):
            if self._image.is_slot(at, symbols.WORD):
                self._uc.mem_write(at, self._image.read(at, symbols.WORD) or b"")

    def forget(self, effect: Effect, count: int) -> None:
        """What the solver chose anew when a function was called as instruction number `count`.

        The words of the next generation of each region, and what it left in the frame.
        """
        self._forgotten += 1
        for name, offset, value in self._choices.words:
            region = symbols.is_of_generation(name, self._forgotten)
            if region is not None:
                self._put_word(region, offset, value)
            elif effect.wrote(name.partition(".")[2], count):
                self._poke(self._stack + offset, value)

    # -- one instruction ---------------------------------------------------------------------------------------------

    def begin(self, pc: int, rsp: int) -> None:
        """An instruction begins."""
        self._pc, self._rsp = pc, rsp

    def interrupt(self, rsp: int) -> None:
        """What an interrupt after this instruction leaves below RSP, counted as the symbolic memory counts."""
        if rsp > self._rsp or self._lowest_write < rsp:
            self._generation += 1
            for region, offset, value in self._choices.words:
                if region == symbols.of_generation(symbols.STACK, self._generation):
                    start = self._stack + offset
                    lost = max(0, min(symbols.WORD, rsp - start))
                    self.map(start, symbols.WORD)
                    self._uc.mem_write(start, value.to_bytes(symbols.WORD, "little")[:lost])
        self._lowest_write = ADDRESS_MASK

    def _on_read(self, _uc: object, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        address &= ADDRESS_MASK
        if self._image.is_slot(address, size):
            return
        self._judge(address, size, write=False)
        below = self._stack - self._entry.stack_size <= address < self._rsp
        if below or not (address in self._chosen or any(span.is_near(address) for span in self._spans)):
            self.unknowns += 1
            who = symbols.BELOW_RSP if below else Origin.NOBODY.value
            chosen = self._choices.of(f"{who}.{self.unknowns}")
            self.write(address, chosen.to_bytes(16, "little")[:size])

    def _on_write(self, _uc: object, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        address &= ADDRESS_MASK
        self.writes += 1
        if self._stack - self._entry.stack_size <= address < self._stack:
            self._lowest_write = min(self._lowest_write, address)
        self._judge(address, size, write=True)

    def _judge(self, address: int, size: int, write: bool) -> None:
        if not any(span.allows(address, size, write) for span in self._spans):
            what = f"{'writes' if write else 'reads'} {size} bytes at {address:#x}"
            self.accesses.append(Access(self._pc, write, what, ()))


def _spans(image: Image, entry: EntryState, choices: Choices) -> list[Span]:
    """All that may be accessed."""
    stack = choices.of(symbols.entry("rsp"))
    spans = [
        Span(stack - entry.stack_size, stack + entry.stack_arguments_end, readable=True, writable=False),
        Span(stack - entry.stack_size, stack + entry.stack_writable_end, readable=True, writable=True),
    ]
    for region in entry.regions:
        base = choices.of(region.base)
        low, high = (0, region.extent) if region.extent is not None else (-_SLACK, _SLACK)
        exists = base != 0 or not region.optional
        spans.append(Span(base + low, base + high, region.readable and exists, region.writable and exists))
    free = entry.globals_writable
    segments = [choices.of(name) for name in symbols.SEGMENT_BASES]
    spans.extend(Span(base - _SLACK, base + _SLACK, readable=True, writable=free) for base in segments)
    spans.extend(Span(s.address, s.address + s.size, True, s.writable and free) for s in image.sections)
    return spans
