"""Which functions of an object reach a TDX instruction: those that hold one, and their callers by direct calls."""

from __future__ import annotations

from collections.abc import Iterator

import capstone

from tdxprove.image import Image, Symbol

_LARGEST = 4 << 20
"""Bytes of code up to which callers are looked for: objects and modules. In a whole kernel nearly everything reaches a
TDX instruction through something (panic, printk, I/O); there the contract sets say which functions are of interest."""


def reaching(image: Image) -> tuple[Symbol, ...]:
    """Functions that hold a TDX instruction, and in objects and modules those that call them, in address order.

    In files that name no functions, callers are not looked for: firmware modules are whole programs, in which nearly
    everything does I/O and so reaches a TDX instruction.
    """
    found = {site.symbol.address: site.symbol for site in image.sites if site.symbol is not None}
    code = sum(section.size for section in image.sections if section.executable)
    if found and code <= _LARGEST and not image.inferred:
        callers = _callers(image)
        pending = list(found)
        while pending:
            for symbol in callers.get(pending.pop(), ()):
                if symbol.address not in found:
                    found[symbol.address] = symbol
                    pending.append(symbol.address)
    return tuple(symbol for _, symbol in sorted(found.items()))


def _callers(image: Image) -> dict[int, list[Symbol]]:
    """Start of each function that is called or jumped to from another one, with those others."""
    callers: dict[int, list[Symbol]] = {}
    for symbol in image.functions():
        start, end = image.bounds(symbol)
        for target in _targets(image, start, end):
            callee = image.symbol_at(target)
            if callee is not None and not start <= target < end:
                callers.setdefault(callee[0].address, []).append(symbol)
    return callers


def _targets(image: Image, start: int, end: int) -> Iterator[int]:
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True  # the TDX instructions are unknown to capstone
    code = image.read(start, end - start)
    for _, _, mnemonic, operands in decoder.disasm_lite(code or b"", start):
        if mnemonic[0] in "jc" and operands.startswith("0x"):
            yield int(operands, 16)
