"""Memory by regions: an angr memory plugin that resolves every address or refuses, and never concretises.

Regions cannot alias (docs: design, machine model): the stack around the entry RSP, one object per pointer argument, the
image, per-CPU data behind %gs. An address must be `base + constant` for the base of one region, or a choice (If) of
such addresses. angr's own memory would pin a symbolic address with an added constraint and lose behaviours silently.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tdxprove import symbols
from tdxprove.angr_api import Ast, SimStatePlugin, claripy, symbol
from tdxprove.bytewise import Bytes, Piece, join
from tdxprove.entry import MAX_FRAME, NO_STACK, NULL_PAGES, EntryState, Region
from tdxprove.image import Image
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin

_WRAP = 1 << 64
_SHADOW = range(0xFFFF_EC00_0000_0000, 0xFFFF_FC00_0000_0000)
_SHADOW_OFFSET = range(0xDFFF_FC00_0000_0000, 0xDFFF_FC00_0000_1000)
"""Addresses of KASAN's shadow, and what is added to an address shifted right by 3 to get there (Linux
Documentation/arch/x86/x86_64/mm.rst, arch/x86/Kconfig: KASAN_SHADOW_OFFSET)."""

_SHADOW_ASSUMPTION = (
    "KASAN's shadow memory, which only decides whether something is reported, is apart from all other memory"
)
_TRUSTED = frozenset({Origin.MEMORY, Origin.OUTSIDE, Origin.MODULE, Origin.SYSTEM})
_ELSEWHERE_ASSUMPTION = (
    "a pointer that is a fixed address, was read from memory, or is computed from the caller's, points to an object of "
    "the system's that is not in the frame of a function under proof"
)
_READABLE = 60
_FAR = 1 << 24
"""An offset that no object has: the constant is the address of a variable, and the argument an index."""

_GLOBALS = frozenset({symbols.DATA, symbols.PERCPU, symbols.TLS})
_SAVED = frozenset({symbols.entry(register) for register in GPRS})
"""Values that a function saves in its frame."""


class UnresolvedAddressError(Exception):
    """An address that is not a region's base plus a constant: the path ends here, with the address named."""


class IndexedAddressError(UnresolvedAddressError):
    """An address that is one region's base plus an unknown: whether it stays inside is a question for the solver.

    `offset` is the unknown, `last` the highest offset at which the access still fits.
    """

    def __init__(self, message: str, write: bool, offset: Ast, last: int) -> None:
        super().__init__(message)
        self.write, self.offset, self.last = write, offset, last


@dataclass(frozen=True)
class Target:
    """Where an address points under `guard`: an offset in a region, or (region None) outside all of them.

    In the region `ELSEWHERE` it is `address` that tells places apart.
    """

    guard: Ast
    region: str | None
    offset: int
    base: str
    address: Ast = None


def linear(address: Ast) -> tuple[Ast | None, int]:
    """Split an address into one symbolic part (None if there is none) and a constant, modulo 2**64.

    Raises:
        UnresolvedAddressError: more than one symbolic part remains.
    """
    parts: dict[int, list[Any]] = {}
    constant = 0

    def add(term: Ast, sign: int) -> None:
        nonlocal constant
        if term.op == "BVV":
            constant += sign * term.args[0]
        elif term.op == "__add__":
            for operand in term.args:
                add(operand, sign)
        elif term.op == "__sub__":
            add(term.args[0], sign)
            for operand in term.args[1:]:
                add(operand, -sign)
        else:
            parts.setdefault(id(term), [term, 0])[1] += sign

    add(address, 1)
    left = [(term, factor) for term, factor in parts.values() if factor]
    if not left:
        return None, constant % _WRAP
    if len(left) > 1 or left[0][1] != 1:
        raise UnresolvedAddressError(f"address {plain(address)} is not one region's base plus a constant")
    constant %= _WRAP
    return left[0][0], constant - _WRAP if constant >= _WRAP // 2 else constant


@dataclass(frozen=True)
class Outside:
    """An access that no declared region allows; `guard` is the choice of address that leads there."""

    write: bool
    what: str
    guard: Ast


@dataclass
class Contents:
    """What was written in one region, and how often code outside the image may have changed all that was not."""

    written: Bytes = field(default_factory=Bytes)
    generation: int = 0
    kind: str = ""
    """Whose value it may be where it was not written since: see `RegionMemory._unknown_of`."""

    handed: dict[int, str] = field(default_factory=dict)
    """Of the stack: from which offset up to the entry RSP what is not written was left by whom."""

    lost: list[tuple[int, int]] = field(default_factory=list)
    """Of the stack: generations, each with the offset below which everything was lost then, from high to low."""

    def lose(self, below: int) -> None:
        """A new generation of what lies below an offset; it hides older ones that reach no higher."""
        self.generation += 1
        self.lost = [(generation, offset) for generation, offset in self.lost if offset > below]
        self.lost.append((self.generation, below))

    def generation_at(self, offset: int) -> int:
        """The generation in which an offset was lost last, 0 if never."""
        return max((generation for generation, below in self.lost if offset < below), default=0)


class RegionMemory(SimStatePlugin):  # type: ignore[misc]
    """The `memory` of a SimState.

    Args:
        image: bytes and sections of the file under proof.
        entry: the regions of the contract.
    """

    def __init__(self, image: Image, entry: EntryState) -> None:
        super().__init__()
        self.image = image
        self.entry = entry
        self.regions = {region.name: region for region in entry.regions}
        self.bases = {region.base: region.name for region in entry.regions}
        self._objects = frozenset(self.bases)
        self.bases[symbols.entry("rsp")] = symbols.STACK
        self.bases.update(symbols.SEGMENT_BASES)
        self.contents: dict[str, Contents] = {}
        self.outside: list[Outside] = []
        self.fresh = 0
        self.history = 0  # of what was written where pointers may lead: the same only for the same writes
        self.reads: list[tuple[Ast, Ast]] = []  # addresses elsewhere, and the values found there
        self.stored: set[Origin] = set()
        """Whose values have been written where pointers may lead: NOBODY for a secret, VMM."""

        self.assumed: set[str] = set()
        self.possible: Callable[[Ast], list[int] | None] | None = None
        """The values that an expression can have on the path, if they are few."""

        self.saved: set[int] = set()  # places of the stack that hold a return address or a register that was pushed
        self.escaped: set[int] = set()  # places of the stack whose address others may have kept
        self.stack_floor = 0  # offset of RSP from its entry value: what lies below may change at any instruction

    @SimStatePlugin.memo  # type: ignore[untyped-decorator]
    def copy(self, memo: Any) -> RegionMemory:
        """A memory of its own for the other side of a branch."""
        twin = RegionMemory(self.image, self.entry)
        twin.contents = {
            k: Contents(c.written.copy(), c.generation, c.kind, dict(c.handed), list(c.lost))
            for k, c in self.contents.items()
        }
        twin.outside = list(self.outside)
        twin.fresh = self.fresh
        twin.history, twin.reads, twin.assumed = self.history, list(self.reads), set(self.assumed)
        twin.possible = self.possible
        twin.stored = set(self.stored)
        twin.saved, twin.escaped = set(self.saved), set(self.escaped)
        twin.stack_floor = self.stack_floor
        return twin

    # -- resolution ------------------------------------------------------------------------------------------------

    def targets(self, address: Ast, guard: Ast) -> Iterator[Target]:
        """Every place that `address` may name, with the condition of each.

        Raises:
            UnresolvedAddressError: see `linear`.
        """
        base, offset = linear(address)
        if self._is_shadow(base, offset):
            yield Target(guard, symbols.SHADOW, 0, "", address)
        elif base is None:
            fixed = self._is_fixed(offset)
            yield Target(guard, symbols.ELSEWHERE if fixed else symbols.DATA, offset, "", address if fixed else None)
        elif base.op == "If":
            condition, then, otherwise = base.args
            yield from self.targets(then + offset, claripy.And(guard, condition))
            yield from self.targets(otherwise + offset, claripy.And(guard, claripy.Not(condition)))
        elif base.op == "BVS":
            name = base.args[0]
            far = self.entry.globals_writable and name in self._objects and abs(offset) >= _FAR
            if (far or name not in self.bases) and self._leads_elsewhere(frozenset({name})):
                yield Target(guard, symbols.ELSEWHERE, 0, "", address)
            else:
                yield Target(guard, self.bases.get(name), offset, name)
        else:
            raise UnresolvedAddressError(f"address {plain(address)} is computed from values that are not a pointer")

    def _is_fixed(self, address: int) -> bool:
        """Without a contract: is a constant where the system has memory at a fixed address (a device, say)?"""
        known = self.image.section_at(address) is not None or self.image.object_around(address) is not None
        return self.entry.globals_writable and not known and address >= NULL_PAGES

    def _is_shadow(self, base: Ast | None, offset: int) -> bool:
        """Is this where KASAN keeps what may be accessed: of a fixed address, or of one in a region?"""
        if base is None:
            return offset in _SHADOW and self.image.section_at(offset) is None
        if base.op != "LShR" or base.args[1].op != "BVV" or base.args[1].args[0] != 3:
            return False
        shifted, _ = linear(base.args[0])
        known = shifted is not None and shifted.op == "BVS" and shifted.args[0] in self.bases
        return known and offset % _WRAP in _SHADOW_OFFSET

    def _resolve(self, address: Ast, condition: Ast, size: int, write: bool) -> list[Target]:
        """All targets of an access.

        Raises:
            IndexedAddressError: the address is a declared object's plus an unknown.
            UnresolvedAddressError: it is not understood at all.
        """
        guard = claripy.true() if condition is None else condition
        try:
            return list(self.targets(address, guard))
        except UnresolvedAddressError as error:
            bases = sorted(name for name in address.variables if name in self.bases)
            for name in bases or [""]:  # of two, one may be an index: an argument that is no pointer
                offset = address - symbol(name, 64) if name else address
                if values := self._enumerated(offset):
                    region = self.bases[name] if name else symbols.DATA
                    return [Target(claripy.And(guard, offset == at), region, _as_signed(at, name), name) for at in values]
            name = bases[0] if len(bases) == 1 else ""
            offset = address - symbol(name, 64) if name else address
            if name in self._objects and (places := self._enumerated(address)):  # the argument is an index, no pointer
                return [Target(claripy.And(guard, address == at), symbols.DATA, at, "") for at in places]
            declared = self.regions.get(self.bases.get(name, ""))
            if declared is not None and declared.extent is not None:
                raise self._indexed(declared, address, offset, size, write) from error
            if self._leads_elsewhere(address.variables):
                return [Target(guard, symbols.ELSEWHERE, 0, "", address)]
            raise

    def _enumerated(self, offset: Ast) -> list[int] | None:
        return None if self.possible is None else self.possible(offset)

    def _indexed(self, region: Region, address: Ast, offset: Ast, size: int, write: bool) -> IndexedAddressError:
        verb = "writes" if write else "reads"
        span = f"{verb} {size} bytes at {plain(address)}"
        message = f"{span}, which can be outside the {region.extent} bytes of {region.name}"
        return IndexedAddressError(message, write, offset, (region.extent or 0) - size)

    def _leads_elsewhere(self, names: frozenset[str]) -> bool:
        """Without a contract: is an address made of these the kernel's own, not that of the stack or the VMM's?"""
        if not self.entry.globals_writable:
            return False
        regions = tuple(f"{name}[" for name in self.regions)
        return all(
            symbols.origin_of(name) in _TRUSTED
            or name.startswith(regions)
            or (name in self.bases and self.bases[name] != symbols.STACK)
            or name.startswith(f"{symbols.argument('')}")
            for name in names
        )

    def _objection(self, target: Target, size: int, write: bool) -> str | None:
        """Why the contract does not allow this access, or None if it does.

        Raises:
            UnresolvedAddressError: the pointer was read from memory that the contract says nothing about.
        """
        verb = "writes" if write else "reads"
        span = f"{size} bytes at {target.base or hex(target.offset)}{_signed(target.offset) if target.base else ''}"
        if target.region in {symbols.ELSEWHERE, symbols.SHADOW}:
            return None
        if target.region is None:
            if symbols.origin_of(target.base) in {Origin.MEMORY, Origin.OUTSIDE} or symbols.may_be_stored(target.base):
                raise UnresolvedAddressError(f"{verb} through {target.base}, a pointer that no contract declares")
            return f"{verb} {span}, which is not a declared object"
        if target.region == symbols.STACK:
            top = self.entry.stack_arguments_end
            if write:
                top = self.entry.stack_writable_end
            if target.offset < -MAX_FRAME:
                return f"{verb} {span}, more than {MAX_FRAME} bytes below the entry stack pointer"
            if top == NO_STACK:
                return f"{verb} {span}, but the contract says that there is no stack"
            ok = target.offset + size <= top and not (write and target.offset < 8 < target.offset + size)
            return None if ok else f"{verb} {span}, in the caller's frame"
        if write and target.region in _GLOBALS and not self.entry.globals_writable:
            return f"{verb} {span}, a variable that the contract does not name"
        if target.region in {symbols.PERCPU, symbols.TLS}:
            return None
        if target.region == symbols.DATA:
            return self._image_objection(target.offset, size, write, f"{verb} {size} bytes at {target.offset:#x}")
        region = self.regions[target.region]
        if region.extent is not None and not 0 <= target.offset <= region.extent - size:
            return f"{verb} {span}, outside the {region.extent} bytes of {region.name}"
        if not (region.writable if write else region.readable):
            return f"{verb} {span}, which the contract does not allow to be {'written' if write else 'read'}"
        return None

    def _refuse_null(self, target: Target, write: bool) -> None:
        """Where an optional pointer is NULL there is no object."""
        region = self.regions.get(target.region or "")
        if region is not None and region.optional:
            what = f"{'writes' if write else 'reads'} {region.name} where that pointer is NULL"
            self.outside.append(Outside(write, what, claripy.And(target.guard, symbol(region.base, 64) == 0)))

    def _image_objection(self, address: int, size: int, write: bool, what: str) -> str | None:
        section = self.image.section_at(address)
        if section is None and self.image.object_around(address) is not None:
            return None  # a variable of another file
        if section is None or address + size > section.address + section.size:
            return f"{what}, outside the image"
        if write and not section.writable:
            return f"{what}, in the read-only section {section.name}"
        return None

    # -- the interface that angr's VEX engine calls -----------------------------------------------------------------

    def load(self, addr: Ast, size: int, endness: str = "Iend_LE", condition: Ast = None, **_: Any) -> Ast:
        """The `size` bytes at `addr` as one little-endian value (x86 has no other order).

        Raises:
            UnresolvedAddressError: the address is not understood.
        """
        value = None
        for target in self._resolve(addr, condition, size, write=False):
            objection = self._objection(target, size, write=False)
            if objection is not None:
                self.outside.append(Outside(False, objection, target.guard))
            self._refuse_null(target, write=False)
            part = self._part(target, size)
            value = part if value is None else claripy.If(target.guard, part, value)
        return value

    def _part(self, target: Target, size: int) -> Ast:
        """What one of the places that an address may name holds."""
        if target.region is None:
            return self.unknown(8 * size)
        if target.region in {symbols.ELSEWHERE, symbols.SHADOW}:
            self.assumed.add(_ELSEWHERE_ASSUMPTION if target.region == symbols.ELSEWHERE else _SHADOW_ASSUMPTION)
            text = plain(target.address)
            place = text if len(text) <= _READABLE else f"{target.address.hash():x}"
            value = symbol(self._unknown_of(f"{target.region}[{place}].{size}.{self.history:x}"), 8 * size)
            self.reads.append((target.address, value))
            return value
        return self.read(target.region, target.offset, size)

    def _scatter(self) -> None:
        """Something was written where a pointer led: whatever is not on the stack may have changed."""
        self.assumed.add(_ELSEWHERE_ASSUMPTION)
        for region in self.shared_regions():
            self.forget(region)

    def store(
        self, addr: Ast, data: Ast, size: int | None = None, endness: str = "Iend_LE", condition: Ast = None, **_: Any
    ) -> None:
        """Write `data` at `addr`, under the guard of each place that `addr` may name.

        Raises:
            UnresolvedAddressError: the address is not understood.
        """
        width = data.size() // 8
        for target in self._resolve(addr, condition, width, write=True):
            objection = self._objection(target, width, write=True)
            if objection is not None:
                self.outside.append(Outside(True, objection, target.guard))
            self._refuse_null(target, write=True)
            if target.region == symbols.SHADOW:
                self.assumed.add(_SHADOW_ASSUMPTION)
                self.record(target.address, data)
                continue
            if target.region == symbols.ELSEWHERE:
                self._note(data)
                self._scatter()
                continue
            if target.region is None:
                continue  # refuted, and what it destroys is nobody's guess: SOUNDNESS.md
            kept = data
            if not target.guard.is_true():
                kept = claripy.If(target.guard, data, self.read(target.region, target.offset, width))
            self.write(target.region, target.offset, kept)

    # -- contents ----------------------------------------------------------------------------------------------------

    def read(self, region: str, offset: int, size: int) -> Ast:
        """`size` bytes of a region, whatever was written last or was there at entry."""
        if region == symbols.STACK and offset < self.stack_floor:
            # VEX itself spills below RSP inside one instruction (bt with two registers): that is still there.
            stack = self.contents.get(region)
            spilled = None if stack is None else stack.written.read(offset, size)
            return self.unknown(8 * size, symbols.BELOW_RSP) if spilled is None else spilled
        return join([self._byte(region, offset + index) for index in range(size)])

    def write(self, region: str, offset: int, value: Ast) -> None:
        """Put `value` at `offset` of a region, little endian."""
        if region == symbols.STACK:
            self.saved.discard(offset & -symbols.WORD)
        else:
            self.record(region, offset, value)
            self._note(value)
        self.contents.setdefault(region, Contents()).written.write(offset, value)

    def record(self, *what: Any) -> None:
        """Make the names of what is read from here on others than after other writes."""
        text = " ".join(str(one.hash()) if hasattr(one, "hash") else str(one) for one in what)
        self.history = zlib.crc32(text.encode(), self.history)

    def _note(self, value: Ast) -> None:
        """Remember what kind of values, and which addresses, went where they may be read again under another name."""
        self.escaped.update(at for at in self.stack_places(value) if at < 0)
        for name in value.variables:
            if symbols.is_secret(name):
                self.stored.add(Origin.NOBODY)
            elif symbols.origin_of(name) is Origin.VMM:
                self.stored.add(Origin.VMM)

    def _unknown_of(self, name: str) -> str:
        """The name of memory that may have changed: it may be what was written there before.

        Raises:
            UnresolvedAddressError: secrets and answers of the VMM have been written, and a name has one origin.
        """
        if len(self.stored) > 1:
            raise UnresolvedAddressError("memory may hold a secret or what the VMM chose: nobody knows which")
        return "".join(f"{origin.value}." for origin in self.stored) + name

    def _byte(self, region: str, offset: int) -> Piece:
        contents = self.contents.get(region)
        if contents is not None and offset in contents.written.pieces:
            return contents.written.pieces[offset]
        if region == symbols.DATA:
            section = self.image.section_at(offset)
            if section is not None and not section.writable:
                byte = self.image.read(offset, 1)
                if byte is None:
                    raise UnresolvedAddressError(f"reads {offset:#x} in {section.name}, whose content is not known")
                return claripy.BVV(byte[0], 8), 0
        start = offset & ~(symbols.WORD - 1)
        if region == symbols.STACK and start >= 0 and start in self.entry.stack:
            slot = self.entry.stack[start]
            value = symbol(slot.name, slot.bits)
            if slot.bits < 64:
                value = claripy.Concat(symbol(symbols.word(region, start) + ".high", 64 - slot.bits), value)
            return value, offset - start
        return symbol(self._name(region, offset, contents or Contents()), 64), offset - start

    def _name(self, region: str, offset: int, contents: Contents) -> str:
        """The symbol of a word that was not written since it was lost, handed out or forgotten last."""
        start = offset & ~(symbols.WORD - 1)
        if region == symbols.STACK:
            below = [from_ for from_ in contents.handed if from_ <= offset and start < 0]
            if below:  # what was handed out later hides what begins above it: the nearest below counts
                return symbols.word(contents.handed[max(below)], start)
            return symbols.word(_of_generation(region, contents.generation_at(start)), start)
        if region in {symbols.PERCPU, symbols.DATA}:
            for canary in symbols.CANARY_SYMBOLS:
                if self.image.holds(canary, offset % _WRAP):
                    return f"{Origin.NOBODY.value}.{canary}"
        if symbols.is_canary(symbols.word(region, start)):
            return symbols.word(region, start)  # a task keeps it for life (Linux include/linux/stackprotector.h)
        kind = contents.kind if contents.generation else ""
        return kind + symbols.word(_of_generation(region, contents.generation), start)

    def unknown(self, bits: int, who: str = Origin.NOBODY.value) -> Ast:
        """A value that nobody chose: below RSP, or where no region is."""
        self.fresh += 1
        return symbol(f"{who}.{self.fresh}", bits)

    def set_stack_floor(self, offset: int) -> None:
        """RSP is now `offset` away from its entry value: an interrupt may overwrite all below (no red zone)."""
        stack = self.contents.setdefault(symbols.STACK, Contents())
        lost = [at for at in stack.written.pieces if at < offset]
        if lost or offset > self.stack_floor:
            stack.lose(offset)
        for at in lost:
            del stack.written.pieces[at]
        self.saved = {at for at in self.saved if at >= offset}
        self.escaped = {at for at in self.escaped if at >= offset}
        below = [start for start in stack.handed if start < offset]
        if below and offset not in stack.handed:
            stack.handed[offset] = stack.handed[max(below)]
        for start in below:  # what lies there is nobody's again
            del stack.handed[start]
        self.stack_floor = offset

    def shared_regions(self) -> tuple[str, ...]:
        """Every region but the stack: what code outside the image may change."""
        return (*self.regions, *sorted(_GLOBALS))

    def save_slot(self) -> None:
        """What RSP points to is a return address or a register to be given back: no object of the source."""
        self.saved.add(self.stack_floor)

    def forget_frame(self, handed: list[int], author: str, fills: bool) -> None:
        """Code outside the image may have changed the own frame from where it was handed, but for what was saved there.

        A saved register whose very place is handed out is an object like any other.

        What was there may be there still, whose ever it was, unless the code `fills` what it is handed.

        Raises:
            UnresolvedAddressError: a place holds a mixture, and a name has one origin.
        """
        stack = self.contents.setdefault(symbols.STACK, Contents())
        objects = {at & -symbols.WORD for at in handed}
        start = min(handed)
        for at, (value, _) in list(stack.written.pieces.items()):
            slot = at & -symbols.WORD
            no_object = slot in self.saved or (value.op == "BVS" and _is_no_object(value.args[0]))
            kept = no_object and slot not in objects
            if start <= at < 0 and not kept:
                origin = Origin.OUTSIDE if fills else _worst_of(value.variables)
                word = symbol(symbols.word(f"{origin.value}.{author}", slot), 64)
                stack.written.pieces[at] = (word, at - slot)
        stack.handed = {at: whose for at, whose in stack.handed.items() if at < start}
        stack.handed[start] = f"{(Origin.OUTSIDE if fills else Origin.NOBODY).value}.{author}"

    def words_of_stack(self) -> list[tuple[int, Ast]]:
        """Whole words that were written to the stack and are no saved registers, by offset."""
        stack = self.contents.get(symbols.STACK, Contents())
        starts = {at & -symbols.WORD for at in stack.written.pieces} - self.saved
        words = ((at, stack.written.read(at, symbols.WORD)) for at in sorted(starts))
        return [(at, word) for at, word in words if word is not None]

    def note_object(self, at: int) -> None:
        """An object of the frame is copied to where it may be read under another name: what was written from `at` on.

        Raises:
            UnresolvedAddressError: see `_worst_of`.
        """
        pieces = self.contents.get(symbols.STACK, Contents()).written.pieces
        if at not in pieces:
            self.stored.add(Origin.NOBODY)
        while at in pieces and at & -symbols.WORD not in self.saved:
            self._note(pieces[at][0])
            at += 1

    def lose_home(self, size: int, author: str) -> None:
        """A function that was called may have changed the first `size` bytes above its return address."""
        stack = self.contents.setdefault(symbols.STACK, Contents())
        for at in range(self.stack_floor + symbols.WORD, self.stack_floor + symbols.WORD + size):
            slot = at & -symbols.WORD
            stack.written.pieces[at] = (symbol(symbols.word(f"{Origin.NOBODY.value}.{author}", slot), 64), at - slot)

    def stack_places(self, value: Ast) -> list[int]:
        """Offsets from the entry RSP of all places on the stack that an address may name.

        Raises:
            UnresolvedAddressError: nobody knows which.
        """
        if symbols.entry("rsp") not in value.variables:
            return []
        if value.size() % 64:
            raise UnresolvedAddressError(f"{plain(value)} is a part of an address of the stack")
        words = value.chop(64) if value.size() > 64 else [value]  # a vector register may hold several
        found = [target for word in words for target in self._word_places(word)]
        return [target.offset for target in found if target.region == symbols.STACK]

    def _word_places(self, word: Ast) -> list[Target]:
        return self._resolve(word, None, 1, write=False) if symbols.entry("rsp") in word.variables else []

    def forget(self, region: str) -> None:
        """Code outside the image may have changed everything in a region."""
        self.record(region)
        old = self.contents.get(region, Contents())
        self.contents[region] = Contents(Bytes(), old.generation + 1, kind=self._unknown_of(""))


def _is_no_object(name: str) -> bool:
    """Is this what a function keeps in its frame beside its variables: a register to be given back, or the canary?"""
    return name in _SAVED or symbols.is_canary(name)


def _of_generation(region: str, generation: int) -> str:
    return f"{region}#{generation}" if generation else region


def _worst_of(names: Iterable[str]) -> Origin:
    """Whose a value is that an unknown function may have left as it was, or replaced by one of its own."""
    secret = any(symbols.is_secret(name) for name in names)
    hostile = any(symbols.origin_of(name) is Origin.VMM for name in names)
    if secret and hostile:
        raise UnresolvedAddressError("hands out a place in its frame that mixes a secret with what the VMM chose")
    return Origin.NOBODY if secret else Origin.VMM if hostile else Origin.OUTSIDE


def plain(ast: Ast) -> str:
    """An expression as a reader wants it: without the type that claripy puts around."""
    text = str(ast)
    found = re.fullmatch(r"<\w+ (.*)>", text)
    return found[1] if found is not None else text


def _as_signed(offset: int, base: str) -> int:
    """An offset from a base is small and may be negative; without a base it is an address."""
    return offset - _WRAP if base and offset >= _WRAP // 2 else offset


def _signed(offset: int) -> str:
    return f"{'-' if offset < 0 else '+'}{abs(offset):#x}"
