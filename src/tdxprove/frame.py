"""The stack of the function under proof: what it wrote there, and what others may have done to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import itemgetter, xor
from typing import Any, Final

from tdxprove import symbols
from tdxprove.address import UnresolvedAddressError
from tdxprove.angr_api import Ast, symbol
from tdxprove.bytewise import Bytes
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin

RETURN_SLOT: Final = "return address"
_SAVED_REGISTERS = frozenset({symbols.entry(register) for register in GPRS})


@dataclass
class Frame:
    """The stack around the entry RSP, from which all offsets count."""

    written: Bytes = field(default_factory=Bytes)
    floor: int = 0
    """Where RSP is: what lies below may change at any instruction."""

    saved: dict[int, str] = field(default_factory=dict)
    """Places that hold a register that was pushed, by its name, or a return address."""

    escaped: set[int] = field(default_factory=set)
    """Places whose address others may have kept."""

    handed: dict[int, str] = field(default_factory=dict)
    """From which offset up to the entry RSP what is not written was left by whom."""

    generation: int = 0
    """How often something below RSP was lost."""

    lost: list[tuple[int, int]] = field(default_factory=list)
    """Generations, each with the offset below which everything was lost then, from high to low."""

    def copy(self) -> Frame:
        """A frame of its own for the other side of a branch."""
        return Frame(
            self.written.copy(),
            self.floor,
            dict(self.saved),
            set(self.escaped),
            dict(self.handed),
            self.generation,
            list(self.lost),
        )

    def write(self, offset: int, value: Ast) -> None:
        """Put `value` at `offset`: a saved register that was there is gone."""
        for slot in range(offset & -symbols.WORD, offset + value.size() // 8, symbols.WORD):
            self.saved.pop(slot, None)
        self.written.write(offset, value)

    def name_at(self, offset: int) -> str:
        """The symbol of the word around a byte that was not written since it was lost or handed out last."""
        start = offset & -symbols.WORD
        below = [from_ for from_ in self.handed if from_ <= offset and start < 0]
        if below:  # what was handed out later hides what begins above it: the nearest below counts
            return symbols.word(self.handed[max(below)], start)
        generation = max((generation for generation, below in self.lost if start < below), default=0)
        return symbols.word(symbols.of_generation(symbols.STACK, generation), start)

    def set_floor(self, offset: int) -> None:
        """RSP is now `offset` away from its entry value: an interrupt may overwrite all below (no red zone)."""
        lost = [at for at in self.written.pieces if at < offset]
        if lost or offset > self.floor:
            self._lose(offset)
        for at in lost:
            del self.written.pieces[at]
        self.saved = {at: what for at, what in self.saved.items() if at >= offset}
        self.escaped = {at for at in self.escaped if at >= offset}
        below = [start for start in self.handed if start < offset]
        if below and offset not in self.handed:
            self.handed[offset] = self.handed[max(below)]
        for start in below:  # what lies there is nobody's again
            del self.handed[start]
        self.floor = offset

    def _lose(self, below: int) -> None:
        """A new generation of what lies below an offset; it hides older ones that reach no higher."""
        self.generation += 1
        self.lost = [(generation, offset) for generation, offset in self.lost if offset > below]
        self.lost.append((self.generation, below))

    def save_slot(self, what: str) -> None:
        """What RSP points to is a return address or a register to be given back: no object of the source."""
        self.saved[self.floor] = what

    def nested(self) -> int:
        """How many functions have been called, and not left, that come back to where the last one will."""
        last = self.written.read(self.floor, symbols.WORD)
        calls = (self.written.read(at, symbols.WORD) for at, what in self.saved.items() if what == RETURN_SLOT)
        return sum(back is last for back in calls) if last is not None else 0

    def links(self, at: int, to: int) -> bool:
        """Does a word of the stack only link two frames: is it a pushed RBP that points to another, of the caller?"""
        both = self.saved.get(at) == self.saved.get(to) == "rbp"
        return both and self.holds_return_address(to + symbols.WORD)

    def holds_return_address(self, at: int) -> bool:
        """Is this where the return address is of the function under proof, or of one that it has called?"""
        return at == 0 or self.saved.get(at) == RETURN_SLOT

    def found(self, start: int) -> Iterator[Any]:
        """What a function finds that is handed a place: all from there on that it may change, byte by byte."""
        for at, (value, index) in sorted(self.written.pieces.items(), key=itemgetter(0)):
            if start <= at < 0 and at & -symbols.WORD not in self.saved:
                yield from (at, index, value)
        yield from sorted(self.handed.items())

    def forget(self, handed: list[int], author: str, fills: bool, carries: frozenset[Origin] = frozenset()) -> None:
        """Code outside the image may have changed it from where it was handed, but for what was saved there.

        A saved register whose very place is handed out is an object like any other.

        What was there may be there still, whose ever it was, or what it `carries` there. Code that `fills` what it is
        handed does not leave what nobody has written; how far that reaches, nobody knows, so the rest may be beside it.

        Raises:
            UnresolvedAddressError: what nobody has written may be a mixture then, and a name has one origin.
        """
        start = min(handed)
        for at, value in self._objects(start, handed):
            self._leave(at, symbols.taint(value.variables) | carries, author)
        self.handed = {at: whose for at, whose in self.handed.items() if at < start}
        whose = Origin.OUTSIDE if fills else _worst_of({symbols.BELOW_RSP}, carries)
        self.handed[start] = f"{whose.value}.{author}"

    def assign(
        self, objects: Iterable[tuple[int, int]], author: str, fills: bool, carries: frozenset[Origin] = frozenset()
    ) -> None:
        """Code outside the image may have changed these objects, each from where to where, and nothing else.

        It has if they are larger than they should be, whatever was there: a saved register or a return address.
        """
        for at in sorted({at for start, end in objects for at in range(start, end)}):
            written = self.written.pieces.get(at)
            names = written[0].variables if written else set() if fills else {self.name_at(at)}
            self._leave(at, symbols.taint(names) | carries, author)
            self.saved.pop(at & -symbols.WORD, None)

    def discard(self, objects: Iterable[tuple[int, int]]) -> None:
        """What was written into these objects is gone: something else is written over each byte of them."""
        for at in {at for start, end in objects for at in range(start, end)}:
            self.written.pieces.pop(at, None)

    def _objects(self, start: int, named: Iterable[int]) -> list[tuple[int, Ast]]:
        """Bytes from an offset on that were written and are of objects, as the slots of those are that are named."""
        own = {at & -symbols.WORD for at in named}

        def is_object(at: int, value: Ast) -> bool:
            slot = at & -symbols.WORD
            no_object = slot in self.saved or is_mixed_canary(value)
            return slot in own or not (no_object or (value.op == "BVS" and _is_no_object(value.args[0])))

        return [(at, v) for at, (v, _) in self.written.pieces.items() if start <= at < 0 and is_object(at, v)]

    def kept(self) -> list[tuple[int, Ast]]:
        """Bytes of objects that a function may know the address of, because it, or one before it, was handed it."""
        return self._objects(min(self.escaped), self.escaped) if self.escaped else []

    def kept_names(self) -> frozenset[str]:
        """The symbols of what is in these objects, written or not."""
        written = (value.variables for _, value in self.kept())
        left = {
            symbols.word(self.handed[start], start)
            for start, end in self._handed_ranges()
            if not self.written.pieces.keys() >= set(range(start, end))
        }
        return frozenset().union(*written, left)

    def overwrite(self, whose: frozenset[Origin], author: str) -> None:
        """One of these objects, or none of them, was written: it may be made of `whose` values."""
        for at, value in self.kept():
            self._leave(at, symbols.taint(value.variables) | whose, author)
        for start, end in self._handed_ranges():
            for at in range(start, end):
                if at not in self.written.pieces:
                    self._leave(at, symbols.taint({symbols.word(self.handed[start], start)}) | whose, author)

    def _handed_ranges(self) -> Iterator[tuple[int, int]]:
        starts = sorted(self.handed)
        return zip(starts, [*starts[1:], 0], strict=False)

    def lose_home(self, size: int, author: str) -> None:
        """A function that was called may have changed the first `size` bytes above its return address."""
        for at in range(self.floor + symbols.WORD, self.floor + symbols.WORD + size):
            self._leave(at, frozenset({Origin.NOBODY}), author)

    def _leave(self, at: int, whose: frozenset[Origin], author: str) -> None:
        """A byte is now what `author` left there: any value at all, made of `whose` it may be."""
        slot = at & -symbols.WORD
        words = [symbol(symbols.word(f"{who.value}.{author}", slot), 64) for who in sorted(whose) or [Origin.OUTSIDE]]
        self.written.pieces[at] = (reduce(xor, words), at - slot)

    def words(self) -> list[tuple[int, Ast]]:
        """Whole words that were written and are no saved registers, by offset."""
        starts = {at & -symbols.WORD for at in self.written.pieces} - self.saved.keys()
        words = ((at, self.written.read(at, symbols.WORD)) for at in sorted(starts))
        return [(at, word) for at, word in words if word is not None]

    def object_at(self, at: int) -> Iterator[Ast]:
        """The values of all bytes that were written from `at` on, up to the end of the object there."""
        while at in self.written.pieces and at & -symbols.WORD not in self.saved:
            yield self.written.pieces[at][0]
            at += 1


def _is_no_object(name: str) -> bool:
    """Is this what a function keeps in its frame beside its variables: a register to be given back, or the canary?"""
    return name in _SAVED_REGISTERS or symbols.is_canary(name)


def is_mixed_canary(word: Ast) -> bool:
    """Is it the canary as MSVC keeps it, mixed with RSP (/GS)? No address can be got from that."""
    return word.op == "__xor__" and any(
        operand.op == "BVS" and symbols.is_canary(operand.args[0]) for operand in word.args
    )


def _worst_of(names: Iterable[str], carries: frozenset[Origin]) -> Origin:
    """Whose a value is that a function may have left as it was, or replaced by one of its own or by what it carries."""
    taint = symbols.taint(names) | carries
    if len(taint) > 1:
        raise UnresolvedAddressError("hands out a place in its frame that mixes a secret with what the VMM chose")
    return next(iter(taint), Origin.OUTSIDE)
