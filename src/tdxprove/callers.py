"""Which functions call or jump to which: the edges of the call graph."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator

from tdxprove.displacements import near
from tdxprove.image import Image, Symbol
from tdxprove.leads import led_to, targets

_LARGEST = 4 << 20
"""Bytes of code up to which all callers are looked for unasked: objects and modules. In a whole kernel nearly
everything reaches a TDX instruction through something (panic, printk, I/O)."""


def is_large(image: Image) -> bool:
    """Is this too much code to look for all callers in unasked?"""
    return sum(section.size for section in image.sections if section.executable) > _LARGEST


def whole(image: Image, symbol: Symbol) -> Symbol:
    """Return the function that a part which GCC has split off (`f.cold`) belongs to; any other is one by itself.

    Of several of that name, in different source files, it is the one that leads there.
    """
    name, _, part = symbol.name.partition(".cold")
    named = {} if part or name == symbol.name else {f.address: f for f in image.functions_named(name)}
    if len(named) > 1:
        leading = (f for f in named.values() if symbol.address in targets(image, *image.bounds(f), ()))
        return next(leading, symbol)
    return next(iter(named.values()), symbol)


def whole_functions(image: Image, symbols: Iterable[Symbol]) -> dict[int, Symbol]:
    """Whole functions by address."""
    return {function.address: function for function in (whole(image, symbol) for symbol in symbols)}


def callers_of(image: Image, functions: Iterable[Symbol], noreturn: frozenset[str]) -> dict[int, list[Symbol]]:
    """Start of each function that is called or jumped to from another one of `functions`, with those others.

    What lies outside the image counts by its address.
    """
    callers: dict[int, list[Symbol]] = {}
    led: dict[int, frozenset[int]] = {}
    for symbol in functions:
        start, end = image.bounds(symbol)
        for target in targets(image, start, end, noreturn):
            if start <= target < end:
                continue
            if target not in led:
                led[target] = led_to(image, target)
            for callee in led[target]:
                callers.setdefault(callee, []).append(symbol)
    return callers


def _near(image: Image, wanted: Collection[int]) -> Iterator[tuple[int, int]]:
    """What reads as a call or jump with a 32-bit displacement to a wanted target: the place, and the target."""
    for section in image.sections:
        if section.executable:
            yield from near(section, image.code(section), wanted)


def calling(image: Image, callees: Collection[int], noreturn: frozenset[str]) -> dict[int, Symbol]:
    """Functions in which what reads as a call or jump to a callee is an instruction that leads to it."""
    found: dict[int, Symbol] = {}
    faulting = ((at, fixup.target) for at, fixup in image.fixups.items() if fixup.target in callees)
    for place, callee in itertools.chain(_near(image, callees), faulting):
        caller = image.symbol_at(place)
        if caller is not None and callee in targets(image, *image.bounds(caller[0]), noreturn):
            found[caller[0].address] = caller[0]
    return found


def jumping_to(image: Image, places: Collection[int]) -> Collection[Symbol]:
    """Functions that may jump to one of the places; in what is large, by 32-bit displacements or after a fault."""
    if not is_large(image):
        return image.functions()
    faulting = (at for at, fixup in image.fixups.items() if fixup.target in places)
    ways = itertools.chain(faulting, (at for at, _ in _near(image, places)))
    return {found[0] for at in ways if (found := image.symbol_at(at)) is not None}
