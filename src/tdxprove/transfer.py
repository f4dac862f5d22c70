"""Where an instruction leads: jumps, calls and returns, inside the image and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import z3

from tdxprove import library, symbols
from tdxprove.address import UnresolvedAddressError, as_signed, described, is_entry_rsp, linear, rounded, rounding
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.assigned import assigned
from tdxprove.effect import Effect
from tdxprove.exploration import Exploration
from tdxprove.frame import RETURN_SLOT
from tdxprove.outside import can_move, havoc_memory, havoc_registers, move_memory
from tdxprove.path import EndKind, Path, Transfer
from tdxprove.solver import Answer
from tdxprove.surroundings import effect_of, paravirtual, pointed_to
from tdxprove.terms import related
from tdxprove.thread import CutError, Thread
from tdxprove.vex import get_register, set_register

CALL, JUMP, RETURN = "Ijk_Call", "Ijk_Boring", "Ijk_Ret"
"""VEX's kinds of jumps."""

_NESTED: Final = 3
"""How often one call may be made within itself: with each, what there is to follow may double."""

NOT_KNOWN = "a target that is not known"
"""Why a path is cut where nobody knows which code a pointer leads to."""


def transfer(x: Exploration, thread: Thread, target: Ast, jumpkind: str) -> Iterator[Thread | Path]:
    """Continue at a target, whatever it is made of.

    Raises:
        CutError: it is not known.
    """
    if target.op == "BVV":
        address = thread.detours.rejoin(target.args[0])
        if jumpkind != RETURN or _is_code(x, address):
            yield from _enter(x, thread, address, jumpkind)
            return
    if target.op == "If":
        _record(x, thread, target)
        condition, then, otherwise = target.args
        for guard, chosen in ((condition, then), (claripy.Not(condition), otherwise)):
            extra = [x.translate(guard)]
            if x.solver.possible(thread.condition, extra):
                yield from transfer(x, thread.fork(thread.state.copy(), extra), chosen, jumpkind)
        return
    term = _record(x, thread, target)
    known = None if target.op in {"BVS", "BVV"} else x.only_value(thread, term)
    if known is not None and (jumpkind != RETURN or _is_code(x, known)):
        yield from _enter(x, thread, known, jumpkind)
        return
    if jumpkind != RETURN and target.op != "BVS" and (places := x.few_values(thread, target)):  # by a switch
        for place in places:
            branch = thread.fork(thread.state.copy(), [term == place])
            yield from _enter(x, branch, place, jumpkind)
        return
    is_return_address = target.op == "BVS" and target.args[0] == symbols.RETURN_ADDRESS
    astray = jumpkind == RETURN and thread.callers and not is_return_address  # a thunk that jumps by ret, say
    if (jumpkind == RETURN and not astray) or (jumpkind == JUMP and is_return_address):
        yield x.end(thread, EndKind.RETURNED, "", term)
        return
    yield from _unknown(x, thread, target, jumpkind)


def _unknown(x: Exploration, thread: Thread, target: Ast, jumpkind: str) -> Iterator[Thread | Path]:
    """A target that is a value: the VMM's, a variable's, the kernel's table of operations, or nobody knows whose."""
    names = {name for name in target.variables if symbols.origin_of(name) is symbols.Origin.VMM}
    if target.op == "BVV":
        where = x.image.locate(thread.pc)
        raise CutError(f"comes back behind {where}, where no code is: does what was called there never return?")
    effect = pointed_to(x.image, x.surroundings, target.args[0]) if target.op == "BVS" else None
    if effect is None and not names and x.image.calls_paravirt(thread.pc):
        effect = x.surroundings.replaceable(paravirtual(x.image, thread.pc))
    place = symbols.variable(target.args[0]) if target.op == "BVS" else None
    known = assigned(x.image, place) if place is not None and effect is None else frozenset()
    if effect is not None:
        yield from apply(x, thread, effect)
    elif place is not None and known and not isinstance(known, str):
        yield from _assigned(x, thread, target, (place, known), jumpkind)
    elif names:
        yield x.end(thread, EndKind.DIVERTED, f"jumps to a target that depends on {', '.join(sorted(names))}")
    else:
        why = f": {known}" if isinstance(known, str) else ": nothing assigns to it" if place is not None else ""
        raise CutError(f"jumps to {described(target)}, {NOT_KNOWN}{why}")


def _assigned(
    x: Exploration, thread: Thread, target: Ast, known: tuple[int, frozenset[int]], jumpkind: str
) -> Iterator[Thread | Path]:
    """Continue with each thing that the file assigns to a variable, which is `known` with its address."""
    term = x.translate(target)
    variable, places = known[0], sorted(known[1])
    named = " or ".join(x.image.locate(place).removesuffix("+0x0") for place in places)
    thread.assumptions.add(
        f"what is called through {x.image.locate_data(variable)} is {named}, which code of the "
        "file assigns to it: that was done before, and nothing writes there through a pointer"
    )
    possible = [place for place in places if x.solver.possible(thread.condition, [term == place])]
    if not possible:
        raise CutError(f"jumps to {described(target)}, which holds nothing here that is assigned to it")
    for place in possible:
        yield from _enter(x, thread.fork(thread.state.copy(), [term == place]), place, jumpkind)


def _record(x: Exploration, thread: Thread, target: Ast) -> z3.BitVecRef:
    term: z3.BitVecRef = x.translate(target)
    thread.transfers.append(Transfer(thread.pc, term, tuple(thread.condition)))
    return term


def _is_code(x: Exploration, address: int) -> bool:
    section = x.image.section_at(address)
    return section is not None and section.executable


def _enter(x: Exploration, thread: Thread, target: int, jumpkind: str) -> Iterator[Thread | Path]:
    """Continue at a constant address: inside the image, or through what the surroundings say of it."""
    effect = None
    if jumpkind != RETURN or x.image.external_at(target) is not None:
        effect = effect_of(x.image, x.surroundings, thread.pc, target, jumpkind == CALL)
    if effect is not None and effect.kind == "library" and (sized := list(_sized(x, thread, effect))):
        for branch in sized:
            yield from _enter(x, branch, target, jumpkind)
        return
    _keep_callers(thread, jumpkind)
    if effect is None or effect.kind == "follow" or (effect.kind == "library" and not can_move(thread, effect)):
        if jumpkind == CALL:
            _keep_return_address(thread)
        yield x.goto(thread, target)
    else:
        yield from apply(x, thread, effect)


def _sized(x: Exploration, thread: Thread, effect: Effect) -> Iterator[Thread]:
    """A thread for each size that a library function can be called with, where one is no number but they are few."""
    for number in library.sizes(effect.name):
        register = effect.arguments[number]
        size = get_register(thread.state, register)
        values = x.few_values(thread, size) if size.op != "BVV" else None
        for value in values or ():
            branch = thread.fork(thread.state.copy(), [x.translate(size) == value])
            set_register(branch.state, register, claripy.BVV(value, 64))
            yield branch
        if values:
            return


def _keep_return_address(thread: Thread) -> None:
    """What RSP points to is no object of the source.

    Raises:
        CutError: this call was made so often before the first one came back that nobody knows an end.
    """
    frame = thread.state.memory.frame
    frame.save_slot(RETURN_SLOT)
    if frame.nested() > _NESTED:
        raise CutError(f"calls itself without a known bound: {_NESTED} calls in each other and no end")


def _keep_callers(thread: Thread, jumpkind: str) -> None:
    """Keep the list of callers; only loops are told apart by it, so that tricks with return addresses do not matter."""
    if jumpkind == CALL:
        thread.callers.append(thread.pc)
    elif jumpkind == RETURN and thread.callers:
        thread.callers.pop()


def apply(x: Exploration, thread: Thread, effect: Effect) -> Iterator[Thread | Path]:
    """Do what a place outside the proof does, and come back if it does.

    Raises:
        CutError: what it does is not known.
    """
    target = get_register(thread.state, effect.arguments[0]) if effect.arguments else None
    if effect.kind in {"havoc", "volatile", "library"} and not x.is_forward(thread):
        raise CutError(f"calls {effect.name} with the direction flag set")
    if effect.kind == "library":
        effect = move_memory(thread, effect)
        x.note_accesses(thread)
    if effect.assumption:
        thread.assumptions.add(effect.assumption)
    if effect.kind == "noreturn":
        yield x.end(thread, EndKind.PANICKED, effect.reason or f"{effect.name} does not return")
        return
    if effect.kind == "cut":
        raise CutError(effect.reason)
    if effect.kind == "jump":
        yield from transfer(x, thread, get_register(thread.state, effect.register), JUMP)
        return
    if effect.kind == "havoc":
        havoc_memory(thread, effect)
    if effect.kind in {"havoc", "volatile"}:
        havoc_registers(thread, effect)
        thread.state.memory.frame.lose_home(effect.home, effect.author(len(thread.trace)))
    if effect.returns_target:
        set_register(thread.state, effect.results[0], target)
    rsp = get_register(thread.state, "rsp")
    back = thread.state.memory.load(rsp, 8)
    set_register(thread.state, "rsp", rsp + 8)
    settle_stack(x, thread)
    yield from transfer(x, thread, back, RETURN)


def settled(x: Exploration, thread: Thread) -> Iterator[Thread]:
    """A thread for each place where RSP may be now: `and $-64,%rsp` leaves four, by the alignment of the caller.

    Raises:
        CutError: nobody knows.
    """
    try:
        settle_stack(x, thread)
    except CutError:
        entry = symbol(symbols.entry("rsp"), 64)
        difference = get_register(thread.state, "rsp") - entry
        low, step, offset = rounding(difference) or (difference, 0, 0)
        values = x.few_values(thread, low)
        if not values:
            raise
        for value in values:
            branch = thread.fork(thread.state.copy(), [x.translate(low) == value])
            distance = rounded(value, step, offset) if step else value
            set_register(branch.state, "rsp", entry + as_signed(distance))
            settle_stack(x, branch)
            yield branch
    else:
        yield thread


def settle_stack(x: Exploration, thread: Thread) -> None:
    """Tell the memory where RSP is: what lies below it may change from here on.

    Raises:
        CutError: nobody knows.
    """
    rsp = get_register(thread.state, "rsp")
    try:
        base, offset = linear(rsp)
    except UnresolvedAddressError:
        base, offset = rsp, 0
    if base is None or not is_entry_rsp(base):
        offset = _distance(x, thread, rsp)
        base = None
    if base is None or not _is_plain(rsp):
        entry = symbol(symbols.entry("rsp"), 64)
        set_register(thread.state, "rsp", entry + offset if offset >= 0 else entry - -offset)
    thread.state.memory.frame.set_floor(offset)


def _is_plain(rsp: Ast) -> bool:
    """Is RSP written as what is equal always is? Else loops would seem to change the addresses that are made of it."""
    flat = rsp.op == "BVS" or (rsp.depth == 2 and (rsp.op == "__sub__" or rsp.args[1].args[0] >> 63 == 0))
    return bool(flat)


def _distance(x: Exploration, thread: Thread, rsp: Ast) -> int:
    """RSP minus its entry value, where the path condition leaves one possibility (`and $-16,%rsp`)."""
    difference = x.translate(rsp) - z3.BitVec(symbols.entry("rsp"), 64)
    conditions = related(thread.condition, [difference])
    answer, model = x.solver.check(*conditions)
    if answer is Answer.SAT and model is not None:
        value = model.eval(difference, model_completion=True).as_signed_long()
        if x.solver.check(*conditions, difference != value)[0] is Answer.UNSAT:
            return int(value)
    raise CutError("the stack pointer is not at a constant distance from its entry value")
