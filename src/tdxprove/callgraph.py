"""Which functions reach a TDX instruction: those that hold one, and their callers by direct calls and jumps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import capstone

from tdxprove.flow import loaded_addresses
from tdxprove.image import Image, Symbol

_LARGEST = 4 << 20
"""Bytes of code up to which all callers are looked for unasked: objects and modules. In a whole kernel nearly
everything reaches a TDX instruction through something (panic, printk, I/O)."""

_NEAR = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]")
"""Opcodes of calls and jumps with a 32-bit displacement (Intel SDM volume 2), those that compilers use between
functions."""


_ABOUT_CODE = ("__ksymtab", "___ksymtab", "__mcount_loc", "__patchable_function_entries", "_kprobe_blacklist",
               ".discard", ".export_symbol", ".dynsym")  # fmt: skip
"""How the names of sections begin that list functions for other ends than calls, most of them Linux's."""

_MANY = 50_000
_POINTER = re.compile(r"qword ptr \[rip ([+-] 0x[0-9a-f]+|[+-] \d)\]")
_ENDS = frozenset({"jmp", "ret", "retf", "iretq", "ud2", "ud1", "ud0", "int3", "hlt", "nop", "sysretq", ".byte"})
"""Instructions behind which a function ends; after others it runs on into what follows. Padding is nops, and what is
not decoded is no code."""


def reaching(
    image: Image, levels: int | None = None, outside: Collection[str] = (), noreturn: frozenset[str] = frozenset()
) -> tuple[Symbol, ...]:
    """Functions that hold a TDX instruction, and those that call them, in address order.

    Args:
        image: to search.
        levels: how far to go up; None: all the way in objects and modules, not at all in what is larger or names no
            functions: firmware modules are whole programs, in which nearly everything does I/O.
        outside: functions outside the image that make TDX calls, by name; what calls them counts as well.
        noreturn: functions that do not return: behind a call of one, a function may end.
    """
    found = _holding(image)
    large = _is_large(image)
    if found and not large and image.inferred:
        found |= _entering(image, found, noreturn)
    levels = _levels(image, levels)
    beyond = {at for name in outside if (at := image.referred(name)) is not None and image.external_at(at) == name}
    if not (found or beyond) or not levels:
        return tuple(symbol for _, symbol in sorted(found.items()))
    latest: Collection[int] = {*found, *beyond}
    callers = None if large else _callers(image, noreturn)
    places = _possible_callers(image) if large else {}
    for _ in range(levels):
        above: Mapping[int, Symbol]
        if callers is None:
            above = _calling(image, places, latest, noreturn)
        else:
            above = {symbol.address: symbol for callee in latest for symbol in callers.get(callee, ())}
        new = {address: s for address, s in _whole(image, above.values()).items() if address not in found}
        if not new:
            break
        found |= new
        latest = new
    return tuple(symbol for _, symbol in sorted(found.items()))


def unfollowed_pointers(image: Image, functions: Collection[Symbol], levels: int | None = None) -> str | None:
    """What to say of callers of these functions that are not found as they call through pointers; None if none can.

    Args:
        image: that the functions are in.
        functions: those whose callers were looked for.
        levels: as for `reaching`.
    """
    if not functions or not _levels(image, levels):
        return None
    if _is_large(image):
        return f"{image.name}: functions that make calls through pointers are not looked for"
    addresses = {symbol.address for symbol in functions} & _taken(image, functions)
    names = sorted({symbol.name for symbol in functions if symbol.address in addresses})
    return f"functions that call {', '.join(names)} through a pointer are not looked for" if names else None


def _taken(image: Image, functions: Iterable[Symbol]) -> set[int]:
    """Addresses that code loads, and those of the functions that stand in its operands or in data."""
    found: set[int] = set()
    for section in image.sections:
        content = b"" if section.name.startswith(_ABOUT_CODE) else image.code(section)
        width = 4 if section.executable else 8  # operands are extended
        low = (1 << 8 * width) - 1
        found |= {s.address for s in functions if (s.address & low).to_bytes(width, "little") in content}
        if section.executable:
            found.update(loaded_addresses(content, section.address))
    return found


def _is_large(image: Image) -> bool:
    return sum(section.size for section in image.sections if section.executable) > _LARGEST


def _levels(image: Image, levels: int | None) -> int:
    if levels is not None:
        return levels
    return 0 if _is_large(image) or image.inferred else len(image.functions())


def _holding(image: Image) -> dict[int, Symbol]:
    """Functions that hold a TDX instruction, also around the innermost one that does."""
    sites = [site.address for site in image.sites]
    held = [site.symbol for site in image.sites if site.symbol is not None]
    if sites and not image.inferred and len(image.functions()) < _MANY:
        held += [
            s for s in image.functions() if any(start <= at < end for start, end in [image.bounds(s)] for at in sites)
        ]
    return _whole(image, held)


def _whole(image: Image, symbols: Iterable[Symbol]) -> dict[int, Symbol]:
    """The functions by address; for a part that GCC has split off (`f.cold`) the function that it belongs to."""
    found = {}
    for symbol in symbols:
        name, _, part = symbol.name.partition(".cold")
        whole = image.function(name) if part == "" and name != symbol.name else None
        found[(whole or symbol).address] = whole or symbol
    return found


def _entering(image: Image, functions: Mapping[int, Symbol], noreturn: frozenset[str]) -> dict[int, Symbol]:
    """Functions that jump behind the start of one of these: a proof of it says nothing of what they come with."""
    spans = [image.bounds(symbol) for symbol in functions.values()]
    found = {}
    for symbol in image.functions():
        start, end = image.bounds(symbol)
        for target in _targets(image, start, end, noreturn):
            if not start <= target < end and any(low < target < high for low, high in spans):
                found[symbol.address] = symbol
    return found


def _callers(image: Image, noreturn: frozenset[str]) -> dict[int, list[Symbol]]:
    """Start of each function that is called or jumped to from another one, with those others.

    What lies outside the image counts by its address.
    """
    callers: dict[int, list[Symbol]] = {}
    for symbol in image.functions():
        start, end = image.bounds(symbol)
        for target in _targets(image, start, end, noreturn):
            callee = image.symbol_at(target)
            if not start <= target < end:
                callers.setdefault(target if callee is None else callee[0].address, []).append(symbol)
    return callers


def _targets(image: Image, start: int, end: int, noreturn: frozenset[str]) -> Iterator[int]:
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True  # the TDX instructions are unknown to capstone
    code = image.read(start, end - start)
    section = image.section_at(start)
    if code is None and section is not None:  # some operands are settled by the linker; calls elsewhere count
        code = image.code(section)[start - section.address : end - section.address]
    last, operands = "", ""
    for address, size, mnemonic, operands in decoder.disasm_lite(code or b"", start):
        last = mnemonic.rpartition(" ")[2]  # without bnd or notrack
        if last[0] not in "jclx":
            continue
        pointer = _POINTER.fullmatch(operands)
        if operands.startswith("0x"):
            yield int(operands, 16)
        elif pointer is not None:  # through the global offset table (-fno-plt), or another pointer that does not change
            slot = (address + size + int(pointer[1].replace(" ", ""), 16)) % (1 << 64)
            value = image.constant(slot, 8)
            if value is not None:
                yield int.from_bytes(value, "little")
    if last not in _ENDS and not (last == "call" and _name_at(image, operands) in noreturn):
        yield end


def _name_at(image: Image, operand: str) -> str | None:
    """The function that a direct call leads to."""
    if not operand.startswith("0x"):
        return None
    target = int(operand, 16)
    found = image.symbol_at(target)
    return image.external_at(target) or (found[0].name if found is not None and found[1] == 0 else None)


def _possible_callers(image: Image) -> dict[int, list[int]]:
    """Targets of what reads as a call or jump with a 32-bit displacement, each with the places: bytes, not code."""
    places: dict[int, list[int]] = {}
    for section in image.sections:
        code = image.code(section) if section.executable else b""
        for found in _NEAR.finditer(code):
            end = found.end() + 4
            displacement = int.from_bytes(code[found.end() : end], "little", signed=True)
            places.setdefault((section.address + end + displacement) % (1 << 64), []).append(
                section.address + found.start()
            )
    return places


def _calling(
    image: Image, places: Mapping[int, list[int]], callees: Iterable[int], noreturn: frozenset[str]
) -> dict[int, Symbol]:
    """Functions in which one of the places is an instruction that leads to a callee."""
    found: dict[int, Symbol] = {}
    for callee in callees:
        for place in places.get(callee, ()):
            caller = image.symbol_at(place)
            if caller is not None and callee in _targets(image, *image.bounds(caller[0]), noreturn):
                found[caller[0].address] = caller[0]
    return found
