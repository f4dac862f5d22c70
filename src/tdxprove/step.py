"""One instruction: decode it, run it in VEX, and find every way in which the path goes on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import z3

from tdxprove import symbols
from tdxprove.address import ADDRESSES, addends, as_signed, is_entry_rsp
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.exploration import Exploration
from tdxprove.faults import fault
from tdxprove.flags import complete_pushed_flags, forget_unreliable_flags, restore_interrupt_flag, set_product_flags
from tdxprove.history import History
from tdxprove.instructions import (
    CACHES,
    FLAG_WRITES,
    FOREIGN_CALLS,
    SEGMENT_MSRS,
    TDX_ENCODINGS,
    TELLS,
    TRAPS,
    Decoded,
    decode,
)
from tdxprove.lift import JUMPKIND, is_whole, lift
from tdxprove.loops import loop
from tdxprove.path import EndKind, Path
from tdxprove.recollection import recall
from tdxprove.solver import Answer
from tdxprove.tdx_call import tdx_call
from tdxprove.terms import symbols_of
from tdxprove.thread import CutError, Thread
from tdxprove.transfer import CALL, JUMP, RETURN, settled, transfer
from tdxprove.variants import check_boundaries, variants
from tdxprove.vex import Exit, get_register, set_register

_SAVED_BY_PUSH = frozenset({"rbx", "rbp", "rsi", "rdi", "r12", "r13", "r14", "r15"})
"""Registers that functions push to give them back at their end, by either convention."""

_COUNTED = 16
"""Rounds of a repeated instruction that are always followed one by one, each of which may be the last."""

_WITHOUT_SUBLEAVES = frozenset({0, 1, 2, 3, 5, 6, 9, 0xA, 0x15, 0x16, *range(0x8000_0000, 0x8000_0009)})
"""Leaves of cpuid that ignore ECX (Intel SDM volume 2, CPUID)."""


def step(x: Exploration, thread: Thread) -> Iterator[Thread | Path]:
    """Every continuation of a thread behind its next instruction.

    Raises:
        CutError, UnsupportedInstructionError, UnresolvedAddressError, UntranslatableError, UnmodelledCallError:
            the path can not be followed; why is the message.
    """
    if len(thread.trace) >= x.budget.steps:
        raise CutError(f"more than {x.budget.steps} instructions on one path: a loop without a known bound?")
    standing = variants(x, thread)
    if standing is not None:
        yield from standing
        return
    code = _code(x, thread)
    decoded = decode(code)
    check_boundaries(x, thread, decoded)
    counted = _is_counted(thread, decoded.mnemonic)
    if _may_fork(decoded.mnemonic) and not counted and (rounds := loop(x, thread)) is not None:
        yield from rounds
        return
    _settle_count(x, thread, decoded.mnemonic)
    thread.trace.append(thread.pc)
    following = thread.pc + decoded.size
    if decoded.mnemonic != "seamcall" and thread.pc in x.image.fixups:
        yield from fault(x, thread, decoded)
    if decoded.mnemonic in TRAPS or decoded.mnemonic in FOREIGN_CALLS:
        yield _trap(x, thread, decoded.mnemonic, following)
    elif _is_special(x, thread, decoded):
        yield x.goto(thread, following)
    else:
        if decoded.mnemonic == "popfq":
            _check_popped_flags(x, thread, restore_interrupt_flag(thread.state))
        thread.state.memory.possible = partial(x.few_values, thread)
        thread.state.memory.limited = partial(x.limited, thread)
        exits = x.engine.run(thread.state, lift(code[: decoded.size], thread.pc))
        if decoded.mnemonic == "pushfq":
            complete_pushed_flags(exits[0].state)
        for one in exits:
            set_product_flags(one.state, decoded)
            forget_unreliable_flags(one.state, decoded, len(thread.trace))
        for branch, taken in _possible(x, thread, exits):
            if decoded.mnemonic == "push" and _saves(branch, decoded.operands):
                branch.state.memory.frame.save_slot(decoded.operands)
            yield from _leave(x, branch, taken)


def _saves(thread: Thread, pushed: str) -> bool:
    """Has a push saved a register, or where the caller's frame ends, which realigned frames of GCC keep in r10?"""
    if pushed != "r10":
        return pushed in _SAVED_BY_PUSH
    parts, distance = addends(get_register(thread.state, "r10"))
    if len(parts) != 1 or parts[0][1] != 1 or not is_entry_rsp(parts[0][0]):
        return False
    return bool(thread.state.memory.frame.holds_return_address(as_signed(distance % ADDRESSES) - symbols.WORD))


def _may_fork(mnemonic: str) -> bool:
    """May there be several paths behind it: a conditional jump, a TDX instruction, a round of a repeated one?"""
    return mnemonic in TDX_ENCODINGS or (mnemonic.startswith(("rep", "loop", "j")) and mnemonic != "jmp")


def _is_counted(thread: Thread, mnemonic: str) -> bool:
    """Is it a comparison of few bytes? It ends by itself, and what its rounds found is not forgotten."""
    count = get_register(thread.state, "rcx")
    return mnemonic.startswith("rep") and count.op == "BVV" and count.args[0] <= _COUNTED


def _settle_count(x: Exploration, thread: Thread, mnemonic: str) -> None:
    """Where only one number of rounds is possible, write it as one: else each round would be asked for by itself."""
    if not mnemonic.startswith("rep") or (thread.trace and thread.trace[-1] == thread.pc):
        return
    count = get_register(thread.state, "rcx")
    if count.op != "BVV" and (known := x.only_value(thread, x.translate(count))) is not None:
        set_register(thread.state, "rcx", claripy.BVV(known, 64))


def _is_special(x: Exploration, thread: Thread, decoded: Decoded) -> bool:
    """Do what VEX does not know, if it is one of these; hlt ends with an interrupt, which changes what is below RSP.

    Raises:
        CutError: it may change where %fs or %gs lead.
    """
    mnemonic = decoded.mnemonic
    if mnemonic == "wrmsr":
        msr = x.translate(get_register(thread.state, "rcx")[31:0])
        if x.solver.possible(thread.condition, [z3.Or([msr == base for base in SEGMENT_MSRS])]):
            raise CutError("wrmsr may change where memory behind %fs or %gs is")
    if decoded.reports:
        _report(thread, decoded)
    if mnemonic in FLAG_WRITES:
        flag, bit = FLAG_WRITES[mnemonic]
        set_register(thread.state, flag, claripy.BVV(bit, 1))
    return mnemonic in TELLS | CACHES or bool(decoded.reports) or mnemonic in FLAG_WRITES


def _report(thread: Thread, decoded: Decoded) -> None:
    """What an instruction says of the machine: if a secret decides what it is asked, its answer tells of the secret."""
    asked = [get_register(thread.state, register)[31:0] for register in decoded.asks]
    if decoded.mnemonic == "cpuid" and asked[0].op == "BVV" and asked[0].args[0] in _WITHOUT_SUBLEAVES:
        asked.pop()
    digest = History().after(*asked)
    whose = symbols.taint(name for value in asked for name in value.variables)
    for register in decoded.reports:
        names = [
            symbols.reported(who, decoded.mnemonic, len(thread.trace), digest, register)
            for who in sorted(whose) or [symbols.Origin.OUTSIDE]
        ]
        value = symbol(names[0], decoded.reported_bits)
        for name in names[1:]:  # any value at all, and made of both
            value = value ^ symbol(name, decoded.reported_bits)
        if decoded.reported_bits < 32:
            value = claripy.Concat(get_register(thread.state, register)[63 : decoded.reported_bits], value)
        set_register(thread.state, register, value.zero_extend(64 - value.size()))


def _code(x: Exploration, thread: Thread) -> bytes:
    """Up to 15 bytes of code, fewer at the end of a section or before bytes that are not known."""
    pc = thread.pc
    section = x.image.section_at(pc)
    if section is not None and (section.writable or not section.executable):
        raise CutError(f"executes {x.image.display(pc)} in section {section.name}, which is not read-only code")
    code = x.image.fetch(pc)
    if code is not None and (section is None or pc + len(code) == section.address + section.size or is_whole(code)):
        return code
    if section is None:
        last = f" behind {x.image.locate(thread.trace[-1])}" if thread.trace else ""
        raise CutError(f"execution leaves the image at {x.image.display(pc)}{last}")
    place = x.image.display(pc + len(code or b""))
    reason = "of a relocation that only a linker or loader can apply (prove the linked file)"
    raise CutError(f"the bytes at {place} are not known: {reason}")


def _check_popped_flags(x: Exploration, thread: Thread, unchanged: Ast) -> None:
    """`popfq` may restore the flags that VEX does not keep (TF, IOPL, NT...), not change them."""
    if x.solver.check(*thread.condition, z3.Not(x.translate(unchanged)))[0] is not Answer.UNSAT:
        raise CutError("popfq may change flags that are not modelled (TF, IOPL, NT, RF, VM...)")


def _trap(x: Exploration, thread: Thread, mnemonic: str, following: int) -> Thread | Path:
    if mnemonic in FOREIGN_CALLS:
        thread.assumptions.add(f"{mnemonic} raises an exception that nothing continues, as it does in a TD")
    elif x.image.bugs.get(thread.pc):
        thread.assumptions.add(f"the WARN at {x.image.locate(thread.pc)} continues behind its {mnemonic}")
        return x.goto(thread, following)
    return x.end(thread, EndKind.PANICKED, f"{mnemonic} raises an exception")


def _possible(x: Exploration, thread: Thread, exits: list[Exit]) -> Iterator[tuple[Thread, Exit]]:
    """Exits that the path condition allows, each with a thread of its own."""
    guards = [[] if one.guard.is_true() else [_guard(x, one.guard)] for one in exits]
    allowed = [not guard or x.solver.possible(thread.condition, guard) for guard in guards]
    if sum(allowed) > 1:
        thread.count_round(x.budget)
    for number, (one, conditions) in enumerate(zip(exits, guards, strict=True)):
        if not allowed[number]:
            continue
        last = number == len(exits) - 1
        new = conditions if sum(allowed) > 1 else []  # of a single one, the path condition says so already
        branch = thread if last and not new else thread.fork(one.state, new)
        branch.state = one.state
        if new and x.budget.merges:
            recall(x, branch, new)
        x.note_accesses(branch)
        for settled_branch in settled(x, branch):
            yield settled_branch, one


def _guard(x: Exploration, guard: Ast) -> z3.BoolRef:
    """A guard as a term, simplified where it seems to speak of a secret: of a saved RFLAGS, only IF may be asked."""
    term = x.translate(guard)
    return z3.simplify(term) if any(map(symbols.is_secret, symbols_of(term))) else term


def _leave(x: Exploration, thread: Thread, one: Exit) -> Iterator[Thread | Path]:
    if one.jumpkind.startswith(JUMPKIND):
        yield from tdx_call(x, thread, one.jumpkind.removeprefix(JUMPKIND), one.target.args[0])
    elif one.jumpkind.startswith("Ijk_Sig"):
        yield x.end(thread, EndKind.PANICKED, "the instruction raises an exception")
    elif one.jumpkind in {JUMP, CALL, RETURN, "Ijk_Yield"}:
        yield from transfer(x, thread, one.target, one.jumpkind)
    else:
        raise CutError(f"VEX ends the block with {one.jumpkind}, which is not modelled")
