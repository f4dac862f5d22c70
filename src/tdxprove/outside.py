"""What a call that leaves the image does to registers and memory: what its calling convention allows, or less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tdxprove import behind, library, symbols
from tdxprove.address import ADDRESSES, UnresolvedAddressError, addends, as_signed, linear
from tdxprove.angr_api import Ast, claripy, symbol
from tdxprove.effect import TDX_MODULE, Effect
from tdxprove.memory import RegionMemory
from tdxprove.regions import Target
from tdxprove.registers import GPRS
from tdxprove.symbols import Origin
from tdxprove.thread import CutError, Thread
from tdxprove.vex import forget_flags, get_register, set_register

_STACK_ARGUMENTS = 4
"""Arguments on the stack that are looked at: functions with up to ten."""


def havoc_registers(thread: Thread, effect: Effect) -> None:
    """A function outside the image may change the registers that its calling convention lets it change."""
    count = len(thread.trace)
    for register in effect.volatile:
        old = get_register(thread.state, register)
        value = symbol(effect.leaves(register, count), old.size())
        if register not in effect.results:  # what was there may be there still
            value = claripy.If(symbol(symbols.kept(effect.name, count, register), 1) == 1, old, value)
        set_register(thread.state, register, value)
    forget_flags(thread.state, symbol(symbols.outside(effect.name, count, "flags"), 64))


def havoc_memory(thread: Thread, effect: Effect) -> None:
    """It may change all memory but the caller's frame; of that, what it is handed the address of, and what lies above.

    Values of registers that were saved there stay: they belong to no object of the source.
    """
    memory: RegionMemory = thread.state.memory
    memory.history.record(effect.name)
    for region in memory.regions.shared:
        memory.forget(region)
    results = {symbols.outside(effect.name, len(thread.trace), register) for register in effect.results}
    memory.leading |= dict.fromkeys(results, _object_led_into(thread, effect)) if effect.leads_into else {}
    handed = _handed(thread, effect)
    if handed:
        thread.assumptions.add(
            f"{effect.name}, handed an address of its caller's frame, changes only the objects there"
        )
        into_frame = _returns_into_frame(thread, effect)
        past = memory.history.after(*memory.frame.found(min(handed)))
        carries = effect.carries | _choosing(thread, effect)
        author = effect.author(len(thread.trace), past)
        objects = _assigned(thread, effect)
        if objects is None:
            memory.frame.forget(handed, author, effect.fills, carries)
        else:
            memory.frame.assign(objects, author, effect.fills, carries)
        memory.handed_back |= results if into_frame else set()


def written_by_module(
    thread: Thread, writes: Mapping[str, int | None], succeeded: bool, carries: frozenset[Origin]
) -> None:
    """The module may have written where these registers point, so many bytes each (None: nobody knows how many).

    What it writes is an answer to what it was asked, which `carries` whose values. Where it has `succeeded` it has
    written all of that, if it is known where: of two places one stays as it was. The registers hold physical addresses,
    which may be mapped anywhere: in the frame where they are addresses of the frame.

    Raises:
        UnresolvedAddressError: an address of the frame, but nobody knows which.
    """
    memory: RegionMemory = thread.state.memory
    memory.history.write(TDX_MODULE.name)
    memory.history.stored |= carries
    for region in memory.regions.shared:
        memory.forget(region)
    pointed = {register: memory.stack_places(get_register(thread.state, register)) for register in writes}
    places = [(at, writes[register]) for register, found in pointed.items() for at in found]
    if not places:
        return
    starts = [at for at, _ in places]
    author = TDX_MODULE.author(len(thread.trace), memory.history.after(*memory.frame.found(min(starts))))
    known = [(at, at + size) for at, size in places if size is not None]
    if len(known) < len(places):
        memory.frame.forget(starts, author, False, carries)
        return
    written = succeeded and all(len(found) <= 1 for found in pointed.values())
    if written:
        memory.frame.discard(known)
    memory.frame.assign(known, author, written, carries)


def _assigned(thread: Thread, effect: Effect) -> list[tuple[int, int]] | None:
    """The objects of the own frame that a function may change, each from where to where; None if nobody knows.

    Raises:
        UnresolvedAddressError: nobody knows where they are.
    """
    if effect.assigns is None:
        return None
    arguments = [get_register(thread.state, register) for register in effect.arguments]
    objects = []
    for one in effect.assigns:
        if max(one.argument, one.size_in) > len(arguments):
            return None
        size = arguments[one.size_in - 1] if one.size_in else claripy.BVV(one.size, 64)
        pointer = arguments[one.argument - 1]
        places = thread.state.memory.stack_places(pointer)
        if behind.knowing(thread.state.memory, pointer) is not None or (places and size.op != "BVV"):
            return None
        objects += [(at, at + size.args[0]) for at in places]
    return objects


def _object_led_into(thread: Thread, effect: Effect) -> str:
    """The object of an argument of the function under proof that a returned pointer leads into; "" if none is known."""
    argument = _leading_argument(thread, effect)
    regions = thread.state.memory.regions
    try:
        led = {target.region for target in regions.targets(argument, claripy.true())} if argument is not None else set()
    except UnresolvedAddressError:
        return ""
    region = led.pop() if len(led) == 1 else None
    return region if region is not None and region in regions.declared else ""


def _leading_argument(thread: Thread, effect: Effect) -> Ast | None:
    """What a returned pointer leads into the object of, as a contract set says."""
    number = effect.leads_into
    if not number or number > len(effect.arguments):
        return None
    thread.assumptions.add(f"a pointer that {effect.name} returns leads into what its argument {number} points to")
    return get_register(thread.state, effect.arguments[number - 1])


def _returns_into_frame(thread: Thread, effect: Effect) -> bool:
    """May it return a pointer to something in the frame that it knows?"""
    if effect.leads_into == 0:
        thread.assumptions.add(f"{effect.name} returns no pointer to anything in the frame of its caller")
        return False
    argument = _leading_argument(thread, effect)
    return (
        argument is None
        or symbols.entry("rsp") in argument.variables
        or behind.knowing(thread.state.memory, argument) is not None
    )


def _choosing(thread: Thread, effect: Effect) -> frozenset[Origin]:
    """Whose values decide which places of the own frame a function gets: what it leaves there tells of them."""
    values = [get_register(thread.state, register) for register in effect.volatile if register in GPRS]
    places = [value for value in values if thread.state.memory.stack_places(value)]
    return symbols.taint({name for value in places for name in value.variables} - {symbols.entry("rsp")})


def _handed(thread: Thread, effect: Effect) -> list[int]:
    """Places of the own frame of which a function gets the address, directly or in a place that it is handed.

    Raises:
        CutError: it gets an address of the frame, but nobody knows which.
    """
    memory: RegionMemory = thread.state.memory
    live = memory.frame.floor + symbols.WORD  # above the return address; what lies below is of a frame that is gone
    found = [at for at in memory.frame.escaped if live <= at < 0]
    values = [get_register(thread.state, register) for register in effect.volatile if register in GPRS]
    passed = [live + effect.home + symbols.WORD * n for n in range(_STACK_ARGUMENTS)]
    try:
        for value in values:
            found += [at for at in memory.stack_places(value) if live <= at < 0]
        for place in passed:
            named = memory.stack_places(memory.read(symbols.STACK, place, symbols.WORD))
            found += [at for at in named if live <= at < 0 and not memory.frame.links(place, at)]
        for at, value in memory.frame.words() if found else ():
            if at >= min(found):
                found += [place for place in memory.stack_places(value) if live <= place < 0]
    except UnresolvedAddressError as error:
        raise CutError(f"passes an address of its own stack on: {error}") from error
    memory.frame.escaped.update(found)
    return found


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
        carries = _check_size(thread, effect, arguments)
        return replace(effect, kind="havoc", assumption=effect.instead, carries=carries)
    memory: RegionMemory = thread.state.memory
    _check_overlap(memory, effect, arguments, pieces)
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


def _check_overlap(memory: RegionMemory, effect: Effect, arguments: list[Ast], pieces: list[library.Piece]) -> None:
    """Only memmove may copy to where it copies from (C17 7.24.2.1)."""
    for piece in pieces:
        if piece.source is None or library.may_overlap(effect.name):
            continue
        distance = _distance(memory, arguments[0], arguments[piece.source])
        if distance is not None and abs(distance + piece.offset) < piece.size:
            raise CutError(f"{effect.name} copies to where it copies from")


def _distance(memory: RegionMemory, to: Ast, source: Ast) -> int | None:
    """How far one address is behind another; None if they are in different objects.

    Raises:
        UnresolvedAddressError: one of them is not understood, and both may be in one region.
    """
    try:
        (base, end), (other, start) = linear(to), linear(source)
    except UnresolvedAddressError:
        parts, constant = addends(to - source)
        if not parts:
            return as_signed(constant % ADDRESSES)
        first, second = (
            {place.region for place in _targets(memory, at, write)} for at, write in ((to, True), (source, False))
        )
        if first.isdisjoint(second):
            return None
        raise
    return end - start if str(base) == str(other) else None


def _leads_elsewhere(thread: Thread, pointer: Ast) -> bool:
    """Does a pointer lead to an object of the system's, of which nobody knows how large it is?"""
    memory: RegionMemory = thread.state.memory
    elsewhere = all(place.region == symbols.ELSEWHERE for place in _targets(memory, pointer, write=True))
    return behind.knowing(memory, pointer) is None and elsewhere


def _targets(memory: RegionMemory, address: Ast, write: bool) -> list[Target]:
    return memory.regions.resolve(address, claripy.true(), 1, write, memory.possible, memory.limited)


def _check_size(thread: Thread, effect: Effect, arguments: list[Ast]) -> frozenset[Origin]:
    """A size that nobody knows is believed to be that of the objects, one that is too much or the VMM's is not.

    A large one is believed, too, where only objects of the system's are concerned.

    What is copied is remembered as what it is, and so is who decided what is copied, where to, and how much: whose
    values there may be where it was copied to.
    """
    sizes = [arguments[number] for number in library.sizes(effect.name)]
    pointers = [arguments[number] for number in (0, library.source(effect.name)) if number is not None]
    if any(size.op == "BVV" for size in sizes) and not all(_leads_elsewhere(thread, pointer) for pointer in pointers):
        raise CutError(f"{effect.name} of more than {library.LARGEST} bytes")
    chosen = {name for size in sizes for name in size.variables if symbols.origin_of(name) is Origin.VMM}
    if chosen:
        raise CutError(f"{effect.name} of as many bytes as the VMM says: {', '.join(sorted(chosen))}")
    memory: RegionMemory = thread.state.memory
    given = arguments[: library.parameters(effect.name)]
    names = {name for value in given for name in value.variables} - {symbols.entry("rsp")}
    source = library.source(effect.name)
    places = memory.stack_places(arguments[source]) if source is not None else []
    for at in places:
        memory.note_object(at)
    memory.history.stored |= symbols.taint(names)
    own = symbols.taint(names | {name for at in places for name in memory.names_from(at)})
    return own if source is None or places else own | memory.history.stored
