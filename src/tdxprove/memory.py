"""The memory of a path: an angr memory plugin that resolves every address or refuses, and never concretises.

angr's own memory would pin a symbolic address with an added constraint and lose behaviours silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tdxprove import behind, symbols
from tdxprove.address import ADDRESSES, UnresolvedAddressError, described, is_made_of_rsp
from tdxprove.angr_api import Ast, SimStatePlugin, claripy, symbol
from tdxprove.bytewise import Bytes, Piece, join
from tdxprove.frame import Frame, is_mixed_canary
from tdxprove.history import History
from tdxprove.permission import COUNTERS, Outside, counts, violations
from tdxprove.regions import Limited, Possible, Regions, Target
from tdxprove.symbols import Origin


@dataclass
class Contents:
    """What was written in one region, and how often code outside the image may have changed all that was not."""

    written: Bytes = field(default_factory=Bytes)
    generation: int = 0
    kind: str = ""
    """Whose value it may be where it was not written since: see `History.kind`."""

    past: int = 0
    """What had been done to memory when that happened last: see `History.digest`."""

    @property
    def forgotten(self) -> tuple[int, str, int]:
        """What tells the names of words that were not written since from those of other states."""
        return self.generation, self.kind, self.past


class RegionMemory(SimStatePlugin):  # type: ignore[misc]
    """The `memory` of a SimState: the contents of all regions, and what accesses to them left to prove or assume."""

    def __init__(self, regions: Regions) -> None:
        super().__init__()
        self.regions = regions
        self.frame = Frame()
        self.contents: dict[str, Contents] = {}  # of all other regions that have been written
        self.history = History()
        self.outside: list[Outside] = []
        self.fresh = 0
        self.reads: list[tuple[Ast, Ast]] = []  # addresses elsewhere, and the values found there
        self.assumed: set[str] = set()
        self.handed_back: frozenset[str] = frozenset()  # returned by functions that were handed places of the frame
        self.leading: dict[str, str] = {}  # pointers that were returned, with the objects that they lead into
        self.possible: Possible = _unasked
        self.limited: Limited = _unlimited

    @SimStatePlugin.memo  # type: ignore[untyped-decorator]
    def copy(self, _memo: Any) -> RegionMemory:
        """A memory of its own for the other side of a branch."""
        twin = RegionMemory(self.regions)
        twin.frame, twin.history = self.frame.copy(), self.history.copy()
        twin.contents = {k: Contents(c.written.copy(), *c.forgotten) for k, c in self.contents.items()}
        twin.outside, twin.reads, twin.assumed = list(self.outside), list(self.reads), set(self.assumed)
        twin.fresh, twin.possible, twin.handed_back = self.fresh, self.possible, self.handed_back
        twin.leading, twin.limited = dict(self.leading), self.limited
        return twin

    # -- the interface that angr's VEX engine calls -----------------------------------------------------------------

    def load(self, addr: Ast, size: int, endness: str = "Iend_LE", condition: Ast = None, **_: Any) -> Ast:
        """The `size` bytes at `addr` as one little-endian value (x86 has no other order).

        Raises:
            UnresolvedAddressError: the address is not understood.
        """
        value = None
        for target in self._access(addr, condition, size, write=False):
            self.outside += violations(self.regions, target, size, write=False)
            part = self._part(target, size)
            value = part if value is None else claripy.If(target.guard, part, value)
        return value

    def store(
        self, addr: Ast, data: Ast, size: int | None = None, endness: str = "Iend_LE", condition: Ast = None, **_: Any
    ) -> None:
        """Write `data` at `addr`, under the guard of each place that `addr` may name.

        Raises:
            UnresolvedAddressError: the address is not understood.
        """
        width = data.size() // 8
        for target in self._access(addr, condition, width, write=True):
            objections = list(violations(self.regions, target, width, write=True))
            if objections and counts(self.regions, target, width):
                self.assumed.add(COUNTERS)
            else:
                self.outside += objections
            if target.region in behind.REGIONS:
                self.assumed.add(behind.assumption(self, target))
                self._note(data)
                self.history.decide(target.guard)
                self.history.write(target.address, data, target.guard)
                if target.region == symbols.ELSEWHERE:
                    self.history.decide(target.address)
                    behind.overwrite(self, target, data)
                    self._scatter(behind.objects(self, target.address))
            elif target.region is not None:  # else refuted, and what it destroys is nobody's guess: SOUNDNESS.md
                kept = data
                if not target.guard.is_true():
                    kept = claripy.If(target.guard, data, self.read(target.region, target.offset, width))
                self.write(target.region, target.offset, kept)

    def _access(self, address: Ast, condition: Ast, size: int, write: bool) -> list[Target]:
        guard = claripy.true() if condition is None else condition
        return self.regions.resolve(address, guard, size, write, self.possible, self.limited)

    def _part(self, target: Target, size: int) -> Ast:
        """What one of the places that an address may name holds."""
        if target.region is None:
            return self.unknown(8 * size)
        if target.region in behind.REGIONS:
            self.assumed.add(behind.assumption(self, target))
            value = symbol(behind.name(self, target, size), 8 * size)
            self.reads.append((target.address, value))
            return value
        return self.read(target.region, target.offset, size)

    def _scatter(self, objects: Iterable[str] | None) -> None:
        """Something was written where a pointer led: in one of these objects or, if None, anywhere but on the stack."""
        for region in self.regions.shared if objects is None else sorted(objects):
            self.forget(region)

    # -- contents ----------------------------------------------------------------------------------------------------

    def read(self, region: str, offset: int, size: int) -> Ast:
        """`size` bytes of a region, whatever was written last or was there at entry."""
        if region == symbols.STACK and offset < self.frame.floor:
            # VEX itself spills below RSP inside one instruction (bt with two registers): that is still there.
            spilled = self.frame.written.read(offset, size)
            return self.unknown(8 * size, symbols.BELOW_RSP) if spilled is None else spilled
        return join([self._byte(region, offset + index) for index in range(size)])

    def write(self, region: str, offset: int, value: Ast) -> None:
        """Put `value` at `offset` of a region, little endian."""
        if region == symbols.STACK:
            self.frame.write(offset, value)
            return
        self.history.write(region, offset, value)
        self._note(value)
        self.contents.setdefault(region, Contents()).written.write(offset, value)

    def _note(self, value: Ast) -> None:
        """Remember what kind of values, and which addresses, went where they may be read again under another name."""
        self.frame.escaped.update(at for at in self.stack_places(value) if at < 0)
        self.history.decide(value)

    def note_object(self, at: int) -> None:
        """An object of the frame is copied to where it may be read under another name: what was written from `at` on.

        Raises:
            UnresolvedAddressError: see `stack_places`.
        """
        self.history.stored |= symbols.taint(self.names_from(at))
        for value in self.frame.object_at(at):
            self._note(value)

    def names_from(self, at: int) -> set[str]:
        """The symbols of what was written from a place of the frame on, or of what is there uninitialised."""
        values = list(self.frame.object_at(at)) or [self._byte(symbols.STACK, at)[0]]
        return {name for value in values for name in value.variables}

    def _byte(self, region: str, offset: int) -> Piece:
        contents = self.frame if region == symbols.STACK else self.contents.get(region)
        if contents is not None and offset in contents.written.pieces:
            return contents.written.pieces[offset]
        if region == symbols.DATA:
            section = self.regions.image.section_at(offset)
            if self.regions.image.is_slot(offset) or (section is not None and not section.writable):
                byte = self.regions.image.read(offset, 1)
                if byte is None:
                    where = "the global offset table" if section is None else section.name
                    raise UnresolvedAddressError(f"reads {offset:#x} in {where}, whose content is not known")
                return claripy.BVV(byte[0], 8), 0
            if section is not None and section.sealed and (byte := self.regions.image.read(offset, 1)) is not None:
                return claripy.BVV(byte[0], 8), 0
        start = offset & -symbols.WORD
        if region == symbols.STACK and start >= 0 and start in self.regions.entry.stack:
            slot = self.regions.entry.stack[start]
            value = symbol(slot.name, slot.bits)
            if slot.bits < 64:
                value = claripy.Concat(symbol(symbols.word(region, start) + ".high", 64 - slot.bits), value)
            return value, offset - start
        name = self.frame.name_at(offset) if region == symbols.STACK else self._name(region, offset)
        return symbol(name, 64), offset - start

    def _name(self, region: str, offset: int) -> str:
        """The symbol of a word of a region other than the stack that was not written since it was forgotten last."""
        word = symbols.word(region, offset & -symbols.WORD)
        if region in {symbols.PERCPU, symbols.DATA}:
            for canary in symbols.CANARY_SYMBOLS:
                if self.regions.image.holds(canary, offset % ADDRESSES, symbols.WORD):
                    return f"{Origin.NOBODY.value}.{canary}"
        if symbols.is_canary(word):
            return word  # a task keeps it for life (Linux include/linux/stackprotector.h)
        contents = self.contents.get(region, Contents())
        kind = contents.kind if contents.generation else ""
        region = symbols.of_generation(region, contents.generation, contents.past)
        return kind + symbols.word(region, offset & -symbols.WORD)

    def unknown(self, bits: int, who: str = Origin.NOBODY.value) -> Ast:
        """A value that nobody chose: below RSP, or where no region is."""
        self.fresh += 1
        return symbol(f"{who}.{self.fresh}", bits)

    def stack_places(self, value: Ast) -> list[int]:
        """Offsets from the entry RSP of all places on the stack that an address may name.

        Raises:
            UnresolvedAddressError: nobody knows which.
        """
        if not is_made_of_rsp(value):
            return []
        if value.size() % 64:
            raise UnresolvedAddressError(f"{described(value)} is a part of an address of the stack")
        words = value.chop(64) if value.size() > 64 else [value]  # a vector register may hold several
        found = [target for word in words for target in self._word_places(word)]
        return [target.offset for target in found if target.region == symbols.STACK]

    def _word_places(self, word: Ast) -> list[Target]:
        """Of a choice, what is made without RSP need be no address at all; nor is one that is shifted, as for KASAN."""
        if not is_made_of_rsp(word) or is_mixed_canary(word) or word.op == "LShR":
            return []
        if word.op == "If":
            return [target for choice in word.args[1:] for target in self._word_places(choice)]
        return self._access(word, None, 1, write=False)

    def forget(self, region: str) -> None:
        """Code outside the image may have changed everything in a region other than the stack."""
        self.history.record(region)
        old = self.contents.get(region, Contents())
        self.contents[region] = Contents(Bytes(), old.generation + 1, self.history.kind(), self.history.digest)


def _unasked(_expression: Ast) -> None:
    """Before a path asks the solver: no expression is known to have few values."""


def _unlimited(_index: Ast) -> bool:
    """Before a path asks the solver: no index is known to be limited."""
    return False
