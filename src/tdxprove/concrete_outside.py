"""What a call that leaves the image does to registers and memory (tdxprove.outside), on numbers."""

from __future__ import annotations

from dataclasses import replace

from tdxprove import library, symbols
from tdxprove.concrete_memory import ConcreteMemory
from tdxprove.effect import Effect
from tdxprove.processor import Processor
from tdxprove.scenario import Choices


def havoc_registers(processor: Processor, choices: Choices, effect: Effect, count: int) -> None:
    """The registers that a function may change become what the solver chose."""
    for register in effect.volatile:
        kept = choices.of(symbols.kept(effect.name, count, register))
        if register in effect.results or not kept:
            processor.write(register, choices.of(effect.leaves(register, count)))
    processor.set_arithmetic(choices.of(symbols.outside(effect.name, count, "flags")))


def move_memory(processor: Processor, memory: ConcreteMemory, effect: Effect) -> Effect:
    """Copy or fill memory as a function of C does; what is left to do for the registers."""
    arguments = [processor.read(register) for register in effect.arguments]
    pieces = library.pieces(effect.name, arguments)
    if pieces is None:
        return replace(effect, kind="havoc")
    contents = [
        memory.read(arguments[piece.source], piece.size)
        if piece.source is not None
        else bytes([arguments[piece.byte or 0] & 0xFF]) * piece.size
        for piece in pieces
    ]
    for piece, content in zip(pieces, contents, strict=True):
        memory.write(arguments[0] + piece.offset, content)
    return replace(effect, kind="volatile", returns_target=library.returns_target(effect.name))
