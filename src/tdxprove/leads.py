"""Where the code of a function leads: by its calls and jumps, through slots of the GOT, and past its end."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

import capstone

from tdxprove.binary import Buffer
from tdxprove.endless import never_returns
from tdxprove.image import Image, Symbol

_POINTER = re.compile(r"qword ptr \[rip ([+-] 0x[0-9a-f]+|[+-] \d)\]")
_IMMEDIATE = re.compile(r"-?0x[0-9a-f]+")
_ENDS = frozenset(
    "jmp ljmp ret retf retfq iret iretd iretq ud2 ud1 ud0 sysret sysretq sysexit sysexitq".split()
)  # fmt: skip
"""Instructions behind which a function ends; after others, `hlt` too, it runs on into what follows."""

_PADDING = frozenset({"nop", "int3"})
_MAY_PAD = b"\x90\x66\x0f\x2e\xcc"
"""First bytes of padding."""

_FIXED = (".got", ".data.rel.ro")
"""How the names of writable sections begin that the loader writes, and the program does not."""

_OPERAND = re.compile(rb"(?!\xff[\x15\x25])[\s\S][\x05\x0d\x15\x1d\x25\x2d\x35\x3d]")
"""What may be an opcode with an operand relative to RIP (Intel SDM volume 2, table 2-7), but for call and jmp."""


def targets(image: Image, start: int, end: int, noreturn: Collection[str]) -> Iterator[int]:
    """Yield where the code in [start, end) calls or jumps to, and its end if execution gets there.

    So does what the kernel may put in its place, and where it goes on after a fault. Padding behind the last
    instruction is run through, but for `int3` behind a call: compilers put it where the call does not return. A
    function of nothing but padding leads nowhere by itself: who comes to it comes to what follows.
    """
    for detour, stop in image.rewrites.detours(start, end):
        if stop is None:
            yield detour
        else:
            there = (_target(image, *instruction) for instruction in _decoded(image, detour, stop))
            yield from (target for target in there if target is not None and target != stop)
            yield from image.fixed_up(detour, stop)
    yield from image.fixed_up(start, end)
    last, operands, trapped = "", "", False
    for following, name, operand in _decoded(image, start, end):
        if name in _PADDING:
            trapped |= name == "int3"
            continue
        last, operands, trapped = name, operand, False
        target = _target(image, following, name, operand)
        if target is not None:
            yield target
    if last and last not in _ENDS and not (last == "call" and (trapped or _ends(image, end, operands, noreturn))):
        yield end


def immediates(image: Image, start: int, end: int) -> Iterator[int]:
    """Yield what the instructions in [start, end) have as immediate operands, targets of direct jumps among them."""
    for _, _, operands in _decoded(image, start, end):
        yield from (int(part, 16) for part in operands.split(", ") if _IMMEDIATE.fullmatch(part))


def led_to(image: Image, target: int) -> frozenset[int]:
    """Return the functions that a call or jump to a target comes to, and what it comes to outside the code.

    Code that no symbol covers is followed: entries of the procedure linkage table, labels of assemblers, padding. TDX
    instructions in it are among what is found.
    """
    found, seen, pending = set(), set(), [target]
    unnamed = [site.address for site in image.sites if site.symbol is None]
    while pending:
        at = pending.pop()
        section, covering = image.section_at(at), image.symbol_at(at)
        if covering is not None:
            end = image.bounds(covering[0])[1]
            if _is_padding(image, at, end):
                pending.append(end)
            else:
                found.add(covering[0].address)
        elif section is None or not section.executable:
            found.add(at)
        elif at not in seen:
            end = min(_next_function(image, at), section.address + section.size)
            last, begin = "", at
            seen.add(at)
            for following, name, operands in _decoded(image, at, end):
                found.update(site for site in unnamed if begin <= site < following)
                begin = following
                target_ = _target(image, following, name, operands)
                if target_ is not None:
                    pending.append(target_)
                if name in _ENDS or (name == "int3" and last == "call") or following in seen:
                    break
                seen.add(following)
                last = name
            else:
                pending.append(end)
    return frozenset(found)


def believed_end(image: Image, symbol: Symbol, noreturn: Collection[str]) -> str | None:
    """What a function calls last, with padding behind it, that is taken not to return though nothing says so."""
    start, end = image.bounds(symbol)
    last, operands, trapped = "", "", False
    for _, name, operand in _decoded(image, start, end):
        trapped = name == "int3" or (trapped and name == "nop")
        if name not in _PADDING:
            last, operands = name, operand
    if last != "call" or trapped or not _may_end(image, end, operands, noreturn):
        return None
    name_ = _name_at(image, operands)
    return None if name_ in noreturn else name_ or image.locate(int(operands, 16))


def before(image: Image, symbol: Symbol) -> Symbol | None:
    """Return the function that ends before another one, with nothing but padding between them."""
    functions = image.functions()
    at = bisect_right(functions, symbol.address - 1, key=lambda other: other.address)
    if not at:
        return None
    found = functions[at - 1]
    end = image.bounds(found)[1]
    return found if end <= symbol.address and _is_padding(image, end, symbol.address) else None


def loaded_pointers(image: Image, code: bytes, address: int) -> Iterator[int]:
    """Yield the addresses that code may take from the GOT: by `mov`, or by `push`, `or` and all else that reads it."""
    for match in _OPERAND.finditer(code):
        end = match.end() + 4
        value = _slot(image, address + end + int.from_bytes(code[match.end() : end], "little", signed=True))
        if value is not None:
            yield value


def code_between(image: Image, start: int, end: int) -> Buffer:
    """Return the bytes in [start, end) of a section, also where the linker settles some operands."""
    code = image.read(start, end - start)
    section = image.section_at(start)
    if code is None and section is not None:
        code = bytes(image.code(section)[start - section.address : end - section.address])
    return code or b""


def _decoded(image: Image, start: int, end: int) -> Iterator[tuple[int, str, str]]:
    """Yield the end, the name without prefixes, and the operands of each instruction."""
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.skipdata = True  # the TDX instructions are unknown to capstone
    for address, size, mnemonic, operands in decoder.disasm_lite(code_between(image, start, end), start):
        name = mnemonic.rpartition(" ")[2]  # without bnd or notrack
        yield address + size, "nop" if name == "xchg" and operands == "ax, ax" else name, operands


def _target(image: Image, following: int, name: str, operands: str) -> int | None:
    if name[0] not in "jclx":
        return None
    if operands.startswith("0x"):
        return int(operands, 16)
    pointer = _POINTER.fullmatch(operands)
    if pointer is None:
        return None
    return _slot(image, (following + int(pointer[1].replace(" ", ""), 16)) % (1 << 64))


def _slot(image: Image, address: int) -> int | None:
    """What a slot of the global offset table, or another pointer that does not change, holds."""
    section = image.section_at(address)
    if section is not None and section.writable:
        if not section.name.startswith(_FIXED):
            return None
        if address in image.slots:
            return image.slots[address]
    value = image.read(address, 8)
    return None if value is None else int.from_bytes(value, "little")


def _ends(image: Image, end: int, operands: str, noreturn: Collection[str]) -> bool:
    """Does a call at the end of a function never return, or may it be one that does not?"""
    target = int(operands, 16) if operands.startswith("0x") else None
    return _may_end(image, end, operands, noreturn) or (target is not None and never_returns(image, target))


def _may_end(image: Image, end: int, operands: str, noreturn: Collection[str]) -> bool:
    """May a call at the end of a function be one that does not return?

    That is what compilers end a function with, and then pad. Where no padding is, or what is called has a return, it
    counts as one that does.
    """
    if _name_at(image, operands) in noreturn:
        return True
    if not operands.startswith("0x"):
        return False
    section = image.section_at(end)
    if section is None or image.symbol_at(end) is not None:
        return False
    callees = [image.symbol_at(address) for address in led_to(image, int(operands, 16))]
    return not any(callee is not None and returns(image, callee[0]) for callee in callees)


def returns(image: Image, symbol: Symbol) -> bool:
    """Is there a return in a function's code?"""
    return any(name == "ret" for _, name, _ in _decoded(image, *image.bounds(symbol)))


def _name_at(image: Image, operand: str) -> str | None:
    """The function that a direct call leads to."""
    if not operand.startswith("0x"):
        return None
    target = int(operand, 16)
    found = image.symbol_at(target)
    return image.external_at(target) or (found[0].name if found is not None and found[1] == 0 else None)


def _is_padding(image: Image, start: int, end: int) -> bool:
    first = image.read(start, 1)
    if start < end and (first is None or first not in _MAY_PAD):
        return False
    return all(name in _PADDING for _, name, _ in _decoded(image, start, end))


def _next_function(image: Image, address: int) -> int:
    functions = image.functions()
    at = bisect_right(functions, address, key=lambda symbol: symbol.address)
    return functions[at].address if at < len(functions) else 1 << 64
