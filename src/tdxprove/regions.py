"""Memory as regions that cannot alias, and which places in them an address may name.

The regions (docs: design, machine model) are the stack around the entry RSP, one object per pointer argument, the
image, per-CPU data behind %gs. An address must be `base + constant` for the base of one region, or a choice (If) of
such addresses; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tdxprove import symbols
from tdxprove.address import (
    ADDRESSES,
    IndexedAddressError,
    UnresolvedAddressError,
    addends,
    as_signed,
    beyond,
    described,
    linear,
)
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.entry import NULL_PAGES, EntryState, Region
from tdxprove.image import Image
from tdxprove.symbols import Origin

GLOBALS: Final = frozenset({symbols.DATA, symbols.PERCPU, symbols.TLS})
"""Regions that are there without being declared, beside the stack."""

Possible = Callable[[Ast], list[int] | None]
"""The values that an expression can have on a path, if they are few."""

Limited = Callable[[Ast], bool]
"""Whether an index has a limit that neither the VMM nor a secret chose."""

_SHADOW = range(0xFFFF_EC00_0000_0000, 0xFFFF_FC00_0000_0000)
_SHADOW_OFFSET = range(0xDFFF_FC00_0000_0000, 0xDFFF_FC00_0000_1000)
"""Addresses of KASAN's shadow, and what is added to an address shifted right by 3 to get there (Linux
Documentation/arch/x86/x86_64/mm.rst, arch/x86/Kconfig: KASAN_SHADOW_OFFSET)."""

_TRUSTED = frozenset({Origin.MEMORY, Origin.OUTSIDE, Origin.MODULE, Origin.SYSTEM})
_FAR = 1 << 24
"""An offset that no object has: the constant is the address of a variable, and the argument an index."""


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


@dataclass(frozen=True)
class Regions:
    """The regions that a function's memory consists of.

    Attributes:
        image: bytes and sections of the file under proof.
        entry: the regions of the contract.
    """

    image: Image
    entry: EntryState

    @cached_property
    def declared(self) -> Mapping[str, Region]:
        """The objects that arguments point to, by name."""
        return {region.name: region for region in self.entry.regions}

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Every region but the stack: what code outside the image may change."""
        return (*self.declared, *sorted(GLOBALS))

    @cached_property
    def _objects(self) -> frozenset[str]:
        return frozenset(region.base for region in self.entry.regions)

    @cached_property
    def _bases(self) -> Mapping[str, str]:
        """The symbol of an address, to the region that it is the base of."""
        declared = {region.base: region.name for region in self.entry.regions}
        return declared | {symbols.entry("rsp"): symbols.STACK} | symbols.SEGMENT_BASES

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
            if (far or name not in self._bases) and self._leads_elsewhere(frozenset({name})):
                yield Target(guard, symbols.ELSEWHERE, 0, "", address)
            else:
                yield Target(guard, self._bases.get(name), offset, name)
        else:
            raise UnresolvedAddressError(f"address {described(address)} is computed from values that are not a pointer")

    def resolve(
        self, address: Ast, guard: Ast, size: int, write: bool, possible: Possible, limited: Limited
    ) -> list[Target]:
        """All targets of an access.

        Raises:
            IndexedAddressError: the address is a declared object's plus an unknown.
            UnresolvedAddressError: it is not understood at all.
        """
        try:
            found = list(self.targets(address, guard))
            return self._indexed(address, guard, possible, found) if self._is_index(address, found) else found
        except UnresolvedAddressError as error:
            elsewhere = [Target(guard, symbols.ELSEWHERE, 0, "", address)]
            if self._leads_elsewhere(address.variables) and self._has_given_pointer(address):
                return elsewhere
            bases = sorted(name for name in address.variables if name in self._bases)
            # One of few addresses: what else would be a pointer is an index, and the table is where it is.
            may_be = not self._objects.isdisjoint(bases) and symbols.entry("rsp") not in bases
            if may_be and (found := self._indexed(address, guard, possible, [])):
                return found
            for name in bases or [""]:  # of two, one may be an index: an argument that is no pointer
                offset = beyond(address, symbol(name, 64)) if name else address
                if values := possible(offset):
                    return [self._known(claripy.And(guard, offset == at), name, at) for at in values]
            name = bases[0] if len(bases) == 1 else ""
            offset = beyond(address, symbol(name, 64)) if name else address
            region = self.declared.get(self._bases.get(name, ""))
            if region is not None and region.extent is not None:
                verb = "writes" if write else "reads"
                message = f"{verb} {size} bytes at {described(address)}, which can be outside"
                message += f" the {region.extent} bytes of {region.name}"
                raise IndexedAddressError(message, write, offset, region.extent - size) from error
            if self._leads_elsewhere(address.variables) or self._walks(address, limited):
                return elsewhere
            raise

    def _walks(self, address: Ast, limited: Limited) -> bool:
        """Is it a pointer that was given, and how far a loop went from there, which has a limit, whoever ended it?"""
        parts, _ = addends(address)
        walked = [(term, factor) for term, factor in parts if not self._leads_elsewhere(term.variables)]
        pointed = any(factor == 1 for term, factor in parts if self._leads_elsewhere(term.variables))
        known = all(map(symbols.is_forgotten, (name for term, _ in walked for name in term.variables)))
        return pointed and known and all(factor > 0 and limited(term) for term, factor in walked)

    def _is_index(self, address: Ast, found: list[Target]) -> bool:
        """May the only unknown of an address be an index, and the constant in it the address of a table?"""
        if not address.variables or not all(name.startswith(symbols.argument("")) for name in address.variables):
            return False
        return any(
            target.region in {None, symbols.ELSEWHERE}
            or (target.offset >= NULL_PAGES and self.image.section_at(target.offset) is not None)
            for target in found
        )

    def _indexed(self, address: Ast, guard: Ast, possible: Possible, otherwise: list[Target]) -> list[Target]:
        """The places of an address that is one of few numbers."""
        places = possible(address) or ()
        return [self._known(claripy.And(guard, address == at), "", at) for at in places] or otherwise

    def _known(self, guard: Ast, base: str, value: int) -> Target:
        """One of few places: at an offset from a base, or without a base at an address."""
        if not base:
            return Target(guard, symbols.DATA, value, "")
        return Target(guard, self._bases[base], as_signed(value), base)

    def _is_fixed(self, address: int) -> bool:
        """Without a contract: is a constant where the system has memory at a fixed address (a device, say)?"""
        known = self.image.section_at(address) is not None or self.image.object_around(address) is not None
        known = known or self.image.is_slot(address)
        return self.entry.globals_writable and not known and address >= NULL_PAGES

    def _is_shadow(self, base: Ast | None, offset: int) -> bool:
        """Is this where KASAN keeps what may be accessed: of a fixed address, or of one in a region?"""
        if base is None:
            return offset in _SHADOW and self.image.section_at(offset) is None
        if base.op != "LShR" or base.args[1].op != "BVV" or base.args[1].args[0] != 3:
            return False
        shifted, _ = linear(base.args[0])
        known = shifted is not None and shifted.op == "BVS" and shifted.args[0] in self._bases
        return known and offset % ADDRESSES in _SHADOW_OFFSET

    def _leads_elsewhere(self, names: frozenset[str]) -> bool:
        """Without a contract: is an address made of these the kernel's own, not that of the stack or the VMM's?"""
        if not self.entry.globals_writable:
            return False
        return all(
            self._is_given(name)
            or (name in self._bases and self._bases[name] != symbols.STACK)
            or name.startswith(f"{symbols.argument('')}")
            for name in names
        )

    def _is_given(self, name: str) -> bool:
        """Is a value the system's, or was it read from an object that an argument points to?"""
        declared = tuple(f"{region}{mark}" for region in self.declared for mark in "[#")
        systems = symbols.origin_of(name) in _TRUSTED and not symbols.is_left(name)
        return systems or name.startswith(declared)

    def _has_given_pointer(self, address: Ast) -> bool:
        """Is one part of a sum a whole word that was given? It is the pointer, and any other an index.

        Such a sum is hardly ever one of few numbers, and whether it is would be the most frequent question of all.
        """
        if not address.variables.isdisjoint(symbols.SEGMENT_BASES):
            return False  # one of few places of a segment may be the canary's
        parts, _ = addends(address)
        return any(term.op == "BVS" and factor == 1 and self._is_given(term.args[0]) for term, factor in parts)
