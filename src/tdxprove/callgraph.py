"""Which functions reach a TDX instruction: those that hold one, and their callers by direct calls and jumps."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from weakref import WeakKeyDictionary

from tdxprove.callers import callers_of, calling, is_large, jumping_to, whole, whole_functions
from tdxprove.image import Image, Symbol
from tdxprove.leads import before, believed_end, led_to, targets
from tdxprove.pointers import choices_at_load_time, operands_among, outside_functions, taken

_reaching: WeakKeyDictionary[Image, frozenset[int]] = WeakKeyDictionary()
"""The functions of an image that do."""


def reaching(
    image: Image,
    levels: int | None = None,
    outside: Collection[str] = (),
    noreturn: frozenset[str] = frozenset(),
    described: Collection[int] = (),
) -> tuple[Symbol, ...]:
    """Functions that hold a TDX instruction, and those that call them, in address order.

    Args:
        image: to search.
        levels: how far to go up; None: all the way in objects and modules, not at all in what is larger or names no
            functions: firmware modules are whole programs, in which nearly everything does I/O.
        outside: functions outside the image that make TDX calls, by name; what calls them counts as well.
        noreturn: functions that do not return: behind a call of one, a function may end.
        described: functions that make TDX calls as a contract says; in the modules of a kernel their callers count.
    """
    found = _holding(image)
    large = is_large(image)
    if not large:
        found |= whole_functions(image, _sharing(image, noreturn))
    found |= _entering(image, found, noreturn)
    found |= _above(image, {*found, *described}, noreturn)
    levels = _levels(image, levels)
    named = {*outside, *(symbol.name for symbol in found.values())}  # whichever of that name a module means
    beyond = {at for name in named if (at := image.referred(name)) is not None and image.external_at(at) == name}
    if not (found or beyond) or not levels:
        return tuple(symbol for _, symbol in sorted(found.items()))
    latest: Collection[int] = {*found, *beyond}
    callers = None if large else callers_of(image, image.functions(), noreturn)
    choices = choices_at_load_time(image, noreturn)
    for _ in range(levels):
        latest = {
            *latest,
            *(at for at, any_of in choices.items() if any_of is None or not found.keys().isdisjoint(any_of)),
        }
        above: Mapping[int, Symbol]
        if callers is None:
            above = calling(image, latest, noreturn)
        else:
            above = {symbol.address: symbol for callee in latest for symbol in callers.get(callee, ())}
        new = {address: s for address, s in whole_functions(image, above.values()).items() if address not in found}
        if not new:
            break
        found |= new
        latest = new
    return tuple(symbol for _, symbol in sorted(found.items()))


def leads_to_call(image: Image, address: int, noreturn: frozenset[str]) -> bool:
    """Does a function reach a TDX instruction by direct calls, or does nobody know, in more than 4 MiB of code?

    Args:
        image: that the function is in.
        address: where it starts.
        noreturn: as for `reaching`.
    """
    if is_large(image):
        return True
    if image not in _reaching:
        found = reaching(image, len(image.functions()), noreturn=noreturn)
        _reaching[image] = frozenset(symbol.address for symbol in found)
    return address in _reaching[image]


def making_calls(
    image: Image, functions: Collection[Symbol], makers: Collection[str], noreturn: frozenset[str]
) -> frozenset[int]:
    """Those of some functions that hold a TDX instruction, or lead to a maker or to another of them that does.

    Args:
        image: that the functions are in.
        functions: to choose from.
        makers: functions that make TDX calls, by name, inside the image or outside.
        noreturn: as for `reaching`.
    """
    known = {at for name in makers if (at := image.referred(name)) is not None}
    known |= {symbol.address for name in makers if (symbol := image.function(name)) is not None}
    known |= _holding(image).keys()
    callees = {
        symbol.address: {
            callee for target in targets(image, *image.bounds(symbol), noreturn) for callee in led_to(image, target)
        }
        for symbol in functions
    }
    while new := {at for at, called in callees.items() if at not in known and not called.isdisjoint(known)}:
        known |= new
    return frozenset(known & callees.keys())


def unfollowed_pointers(image: Image, functions: Collection[Symbol], levels: int | None = None) -> str | None:
    """What to say of callers of these functions that are not found as they call through pointers; None if none can.

    Args:
        image: that the functions are in.
        functions: those whose callers were looked for.
        levels: as for `reaching`.
    """
    if not functions or not _levels(image, levels):
        return None
    if is_large(image):
        return f"{image.name}: functions that make calls through pointers are not looked for"
    addresses = {symbol.address for symbol in functions} & taken(image, functions)
    names = sorted({symbol.name for symbol in functions if symbol.address in addresses})
    return f"functions that call {', '.join(names)} through a pointer are not looked for" if names else None


def entered_from(image: Image, function: Symbol, noreturn: frozenset[str]) -> tuple[Symbol, ...] | None:
    """Return the callers of a function that is entered from nowhere else; None if it may be.

    It is local to its file, and its address, or that of a part which was split off, is taken nowhere.
    """
    at = function.address
    if is_large(image) or not all(symbol.local for symbol in image.symbols if symbol.address == at):
        return None
    parts = [part for part in image.functions() if part != function and whole(image, part) == function]
    entries = {at, *(part.address for part in parts)}
    if taken(image, (function, *parts)) & entries:
        return None
    callers = callers_of(image, image.functions(), noreturn)
    found = {caller for entry in entries for caller in callers.get(entry, ())}
    return tuple(caller for caller in found if whole(image, caller) != function)


def shared_by(image: Image, site: int, noreturn: frozenset[str]) -> tuple[Symbol, ...] | None:
    """Return the functions that lead to a TDX instruction which lies in none; None if there may be others."""
    named = (s.address for s in image.symbols if not s.local and not s.function)  # data, says the file
    if is_large(image) or any(site in led_to(image, at) for at in (*outside_functions(image), *named)):
        return None
    callers = callers_of(image, image.functions(), noreturn).get(site, ())
    return tuple(dict.fromkeys((*callers, *_replaced_by(image, site))))


def believed_ends(image: Image, functions: Collection[Symbol], noreturn: frozenset[str]) -> Iterator[str]:
    """What to say of functions that would run on into these, were it not believed that what they call never returns."""
    for symbol in () if is_large(image) or image.inferred else functions:
        other = before(image, symbol)
        callee = None if other is None else believed_end(image, other, noreturn)
        if other is not None and callee is not None:
            yield f"{other.name} ends with a call of {callee}, which does not return: behind it is {symbol.name}"


def _sharing(image: Image, noreturn: frozenset[str]) -> Iterator[Symbol]:
    """Functions that lead to a TDX instruction which lies in none of them."""
    unnamed = [site.address for site in image.sites if site.symbol is None]
    callers = callers_of(image, image.functions(), noreturn) if unnamed else {}
    for site in unnamed:
        yield from callers.get(site, ())
        yield from _replaced_by(image, site)


def _replaced_by(image: Image, site: int) -> Iterator[Symbol]:
    """Functions in which the kernel may put the code around a site."""
    for place, sources in image.rewrites.replacements.items():
        if any(start <= site < end for start, (end, _) in sources.items()):
            found = image.symbol_at(place)
            yield from () if found is None else (found[0],)


def _levels(image: Image, levels: int | None) -> int:
    if levels is not None:
        return levels
    return 0 if is_large(image) or image.inferred else len(image.functions())


def _holding(image: Image) -> dict[int, Symbol]:
    """Functions that hold a TDX instruction, also around the innermost one that does."""
    held = [site.symbol for site in image.sites if site.symbol is not None]
    if not image.inferred:
        held += sorted(
            (s for site in image.sites for s in image.functions_around(site.address)), key=lambda s: s.address
        )
    return whole_functions(image, held)


def _entering(image: Image, functions: Mapping[int, Symbol], noreturn: frozenset[str]) -> dict[int, Symbol]:
    """Functions that jump behind the start of one of these, or to a part that was split off from it.

    A proof of it says nothing of what they come with. Functions that lie within it are no others. In what is not large,
    one that takes an address there may jump to it.
    """
    spans = [image.bounds(symbol) for symbol in functions.values()]
    inside = {at for low, high in spans for at in range(low + 1, high)}
    for symbol in functions.values():
        for part in image.functions_named(f"{symbol.name}.cold"):
            if whole(image, part).address == symbol.address:
                inside.update(range(*image.bounds(part)))
    found = {}
    for symbol in jumping_to(image, inside) if inside else ():
        start, end = image.bounds(symbol)
        if whole(image, symbol).address in functions or any(low <= start and end <= high for low, high in spans):
            continue
        ways = itertools.chain(targets(image, start, end, noreturn), _named_in(image, start, end, inside))
        if any(target in inside and not start <= target < end for target in ways):
            found[symbol.address] = symbol
    return whole_functions(image, found.values())


def _named_in(image: Image, start: int, end: int, places: Collection[int]) -> Iterator[int]:
    """Those of some places that the code in [start, end) takes the addresses of, and that are no functions."""
    for at in () if is_large(image) else operands_among(image, start, end, places):
        if all(symbol.address != at for symbol in image.functions_around(at)):
            yield at


def _above(image: Image, callees: Collection[int], noreturn: frozenset[str]) -> dict[int, Symbol]:
    """Functions of kernel modules that reach one of these, in the kernel or a module, by direct calls."""
    callers = callers_of(image, image.module_functions, noreturn)
    found: dict[int, Symbol] = {}
    pending = list(callees) if callers else []
    while pending:
        above = (symbol for symbol in callers.get(pending.pop(), ()) if symbol.address not in found)
        new = whole_functions(image, above)
        found |= new
        pending += new
    return found
