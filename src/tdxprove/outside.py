"""What a call that leaves the image does to registers and memory: what its calling convention allows, or less."""

from __future__ import annotations

from dataclasses import replace

from tdxprove import library, symbols
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.memory import UnresolvedAddressError, linear
from tdxprove.registers import GPRS
from tdxprove.surroundings import Effect
from tdxprove.thread import CutError, Thread
from tdxprove.vex import forget_flags, get_register, set_register


def havoc_registers(thread: Thread, effect: Effect) -> None:
    """A function outside the image may change the registers that its calling convention lets it change."""
    count = len(thread.trace)
    for register in effect.volatile:
        old = get_register(thread.state, register)
        value = symbol(symbols.outside(effect.name, count, register), old.size())
        if register not in effect.results:  # what was there may be there still
            value = claripy.If(symbol(symbols.kept(effect.name, count, register), 1) == 1, old, value)
        set_register(thread.state, register, value)
    forget_flags(thread.state, symbol(symbols.outside(effect.name, count, "flags"), 64))


def havoc_memory(thread: Thread, effect: Effect) -> None:
    """It may change all memory but the caller's frame; of that, what it is handed the address of, and what lies above.

    Values of registers that were saved there stay: they belong to no object of the source.
    """
    memory = thread.state.memory
    for region in memory.shared_regions():
        memory.forget(region)
    live = memory.stack_floor + symbols.WORD  # above the return address; what lies below is of a frame that is gone
    handed = [at for r in effect.volatile if r in GPRS and (at := _on_stack(thread, r)) is not None and at >= live]
    if handed:
        thread.assumptions.add(
            f"{effect.name}, handed an address of its caller's frame, changes only the objects there"
        )
        memory.forget_frame(min(handed), effect.author(len(thread.trace)), effect.fills)


def _on_stack(thread: Thread, register: str) -> int | None:
    """The offset from the entry RSP of the place in the own frame that a register points to.

    Raises:
        CutError: it is an address of the frame, but which is not known.
    """
    value = get_register(thread.state, register)
    if symbols.entry("rsp") not in value.variables:
        return None
    try:
        base, offset = linear(value)
    except UnresolvedAddressError as error:
        raise CutError(f"passes an address of its own stack on: {error}") from error
    return offset if base is not None and base.op == "BVS" and offset < 0 else None


def can_move(thread: Thread, effect: Effect) -> bool:
    """Is a library function one that is not followed: are its sizes known, or is there no code to follow?"""
    return bool(effect.instead) or _pieces(thread, effect) is not None


def _pieces(thread: Thread, effect: Effect) -> list[library.Piece] | None:
    arguments = [get_register(thread.state, register) for register in effect.arguments]
    return library.pieces(effect.name, [value.args[0] if value.op == "BVV" else None for value in arguments])


def move_memory(thread: Thread, effect: Effect) -> Effect:
    """Copy or fill memory as a function of C does; what is left to do for the registers.

    Where the sizes are not known, that is all that any function outside the image can do.

    Raises:
        UnresolvedAddressError: the addresses are not understood.
    """
    arguments = [get_register(thread.state, register) for register in effect.arguments]
    pieces = _pieces(thread, effect)
    if pieces is None:
        return replace(effect, kind="havoc", assumption=effect.instead)
    memory = thread.state.memory
    contents: list[tuple[int, Ast]] = []
    for piece in pieces:
        for at in range(0, piece.size, symbols.WORD):
            size = min(symbols.WORD, piece.size - at)
            if piece.source is not None:
                value = memory.load(arguments[piece.source] + at, size)
            else:
                byte = arguments[piece.byte or 0][7:0]
                value = claripy.Concat(*[byte] * size) if size > 1 else byte
            contents.append((piece.offset + at, value))
    for at, value in contents:
        memory.store(arguments[0] + at, value)
    return replace(effect, kind="volatile", returns_target=library.returns_target(effect.name))
