"""Names of the unknowns of a proof: who chose a value is the first part of its name.

The executor (claripy) and the obligations (Z3) meet by these names alone: a symbol of the same name and width is the
same unknown on both sides. Reports show the names as they are, so they are written for the reader:
`entry.rbx`, `arg.size`, `gpa[0x0]`, `stack[-0x18]`, `data[0xffffffff82c2c010]`, `percpu[0x28]`, `vmm.0.r11`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final

RETURN_ADDRESS: Final = "entry.return_address"
INTERRUPT_FLAG: Final = "entry.if"
STACK: Final = "stack"
TOP_OF_STACK: Final = "stack[0x0]"
"""What RSP points to at entry where the return address is somewhere else."""
DATA: Final = "data"
PERCPU: Final = "percpu"
TLS: Final = "tls"
ELSEWHERE: Final = "memory"
"""Objects that pointers in memory point to, which no contract describes."""

SEGMENT_BASES: Final = {"entry.gs_base": PERCPU, "entry.fs_base": TLS}
"""Memory behind %gs (a kernel's per-CPU data) and %fs (a thread's data), by the symbol of its address."""

_GENERATION: Final = r"(?:#\d+(?:/[0-9a-f]+)?)?"
_CANARY: Final = re.compile(rf"((vmm|nobody)\.)?({PERCPU}|{TLS}){_GENERATION}\[0x28\]")
"""Where compilers expect the stack protector's canary, unless a symbol says so (GCC manual, x86 options:
-mstack-protector-guard-offset, -mstack-protector-guard-symbol)."""

CANARY_SYMBOLS: Final = ("__stack_chk_guard", "__ref_stack_chk_guard", "__security_cookie")
"""Variables that hold it: GCC's (also -mstack-protector-guard=global, which EDK2 uses), the name by which code of Linux
since 6.15 refers to it (arch/x86/Makefile), and Microsoft's."""

_CANARY_NAMES: Final = frozenset(f"nobody.{name}" for name in CANARY_SYMBOLS)

BELOW_RSP: Final = "below_rsp"
"""What a read below RSP gives: an interrupt may have overwritten it."""
WORD: Final = 8
"""Memory that nobody has written yet is named in aligned words of 8 bytes."""


_SELECTOR: Final = "way"
_LEFT: Final = "_left"
_ASKED_BY_SECRET, _ASKED_BY_VMM = "_asked_by_secret", "_asked_by_vmm"
_OBJECT: Final = "object"
SHADOW: Final = "shadow"
"""Where KASAN keeps which memory may be accessed."""


_KNOWN: Final = 1 << 16
"""Names whose kind is remembered: every value that is written is asked for all of its own."""


class Origin(StrEnum):
    """Who chose the value of a symbol."""

    CALLER = "caller"  # registers at entry, arguments, what they point to
    MEMORY = "memory"  # the image's writable data and per-CPU data
    VMM = "vmm"  # whatever the hostile VMM answered
    MODULE = "module"  # the TDX module: trusted, but not known
    NOBODY = "nobody"  # uninitialised or overwritten by an interrupt
    OUTSIDE = "outside"  # a function that is not part of the image
    SYSTEM = "system"  # CPU features, static keys, faults: the same for everybody


@lru_cache(maxsize=_KNOWN)
def origin_of(name: str) -> Origin:
    """Who chose the symbol `name`."""
    head = name.split(".", 1)[0]
    if head in {"vmm", "module", "nobody", "outside", "system"}:
        return Origin(head)
    if head == ELSEWHERE:
        return Origin.MEMORY
    if head == BELOW_RSP or name.startswith((f"{STACK}[-", f"{STACK}#")):
        return Origin.NOBODY
    if re.split(r"[\[#]", name, maxsplit=1)[0] in {DATA, PERCPU, TLS, ELSEWHERE, SHADOW}:
        return Origin.MEMORY
    return Origin.CALLER


def is_canary(name: str) -> bool:
    """Is this the stack protector's canary?"""
    return _CANARY.fullmatch(name) is not None or name in _CANARY_NAMES


@lru_cache(maxsize=_KNOWN)
def is_secret(name: str) -> bool:
    """Is this what no wrapper means to send: a register at entry that is no argument, the stack, the canary, leftovers?

    So is what the module answers if such a thing has a part in what it is asked. (Where two runs are compared call by
    call, so are their questions, by tdxprove.agreement: but not where nothing is left of an answer but its name.)

    The interrupt flag is none: TDG.VP.VMCALL<Instruction.HLT> tells the VMM in r12 (Intel TDX GHCI, section 3.8).
    """
    if name == INTERRUPT_FLAG:
        return False
    kept = name.startswith(("entry.", f"{STACK}["))
    return origin_of(name) is Origin.NOBODY or kept or _ASKED_BY_SECRET in name or is_canary(name) or is_left(name)


def taint(names: Iterable[str]) -> frozenset[Origin]:
    """What a value made of these symbols brings along: NOBODY for a secret, VMM for what the VMM chose, or both."""
    found = set()
    for name in names:
        if is_secret(name):
            found.add(Origin.NOBODY)
        if origin_of(name) is Origin.VMM or _ASKED_BY_VMM in name:
            found.add(Origin.VMM)
    return frozenset(found)


def entry(register: str) -> str:
    """Name of a register's value at entry, when no argument lives there."""
    return f"entry.{register}"


def argument(name: str) -> str:
    """Name of an argument's value (for a pointer: the address)."""
    return f"arg.{name}"


def word(region: str, offset: int) -> str:
    """Name of the word of initial memory at `offset` (a multiple of 8) in a region."""
    if region == STACK and offset == 0:
        return RETURN_ADDRESS
    sign = "-" if offset < 0 else ""
    return f"{region}[{sign}{abs(offset):#x}]"


def offset_in(region: str, name: str) -> int | None:
    """Where in a region the word of memory is that a symbol stands for; None if it is none, or may be another's."""
    found = re.fullmatch(rf"{region}{_GENERATION}\[(-?0x[0-9a-f]+)\]", name)
    return None if found is None else int(found[1], 16)


def variable(name: str) -> int | None:
    """The address of the variable of the image that a symbol stands for, whoever may have written there since."""
    for who in (Origin.NOBODY, Origin.VMM):
        name = name.removeprefix(f"{who.value}.")
    return offset_in(DATA, name)


def of_generation(region: str, generation: int, past: int = 0) -> str:
    """Name of a region for its words as they are after they were lost or forgotten for the `generation`-th time.

    `past` tells what had been done to memory by then: after something else, they may be something else.
    """
    after = f"/{past:x}" if past else ""
    return f"{region}#{generation}{after}" if generation else region


def is_of_generation(name: str, generation: int) -> str | None:
    """The region, if a name is that of one for its words after they were forgotten for the `generation`-th time."""
    region, mark, when = name.partition("#")
    return region if mark and when.partition("/")[0] == str(generation) else None


_LOST: Final = re.compile(r"(?P<region>\w+)#\d+(?:/[0-9a-f]+)?(?P<place>\[-?0x[0-9a-f]+\](?:\.high)?)(?P<run>'?)")


def before_others(name: str) -> str | None:
    """The name of the word at entry that functions outside may have changed since; None of any other symbol.

    Not of the stack, and not where a secret or the VMM's choice may have been stored.
    """
    found = _LOST.fullmatch(name)
    return None if found is None or found["region"] == STACK else found["region"] + found["place"] + found["run"]


_PAST: Final = re.compile(rf"/[0-9a-f]+(?=\[)|\.[0-9a-f]+(?=\.{STACK}\[)|(?<=\d)\.[0-9a-f]+(?=\]?$)")


def without_past(name: str) -> str:
    """The name without the digest that tells it from those of another past, in which versions of angr differ."""
    return _PAST.sub("", name)


def system(name: str) -> str:
    """Name of a bit of the system: a CPU feature, a static key, whether an instruction faults."""
    return f"{Origin.SYSTEM.value}.{name}"


def answer(who: Origin, ordinal: int, register: str, asking: Collection[Origin] = ()) -> str:
    """Name of what the VMM or the module left in `register` at the path's TDX call number `ordinal`.

    `asking`: whose values, of those that `taint` finds, have a part in what the module was asked, and so in its answer.
    """
    secret = _ASKED_BY_SECRET if Origin.NOBODY in asking else ""
    return f"{who.value}.{ordinal}.{register}{secret}{_ASKED_BY_VMM if Origin.VMM in asking else ''}"


def possible_askers() -> Iterator[tuple[Origin, ...]]:
    """All that `asking` of `answer` may be."""
    yield from ((), (Origin.NOBODY,), (Origin.VMM,), (Origin.NOBODY, Origin.VMM))


def reported(who: Origin, instruction: str, count: int, asked: int, register: str) -> str:
    """Name of what an instruction like cpuid, run as instruction number `count`, says of the machine.

    `asked` tells what it was asked, and `who` is whose values that was made of.
    """
    return f"{who.value}.{instruction}.{count}.{asked:x}.{register}"


def is_reported(name: str, instruction: str, count: int, register: str) -> bool:
    """Is this a name that `reported` makes, whatever was asked?"""
    return re.fullmatch(rf"[a-z]+\.{instruction}\.{count}\.[0-9a-f]+\.{register}", name) is not None


def forgotten(who: Origin, loop: int, widening: int, where: str) -> str:
    """Name of what any number of rounds of loop number `loop` left in a place."""
    return f"{who.value}.loop_{loop}_{widening}.{where}"


def selector(who: Origin, number: int) -> str:
    """Name of the bit that says which of two paths, made one for the `number`-th time, it was that came along.

    `who` is whose values led there.
    """
    return f"{who.value}.{_SELECTOR}.{number}"


def merger(name: str) -> int:
    """The number in the name of a selector."""
    return int(name.rpartition(".")[2])


def is_selector(name: str) -> bool:
    """Does a symbol say which path it was that came along?"""
    return f".{_SELECTOR}." in name


def is_forgotten(name: str) -> bool:
    """Does a symbol stand for what rounds of a loop, or a function outside that was handed the frame, left in a place?

    Its origin says the worst that it may be: nobody knows whether it is.
    """
    handed = name.startswith((f"{Origin.NOBODY.value}.", f"{Origin.VMM.value}.")) and (
        f".{STACK}[" in name or f".{_OBJECT}[" in name
    )
    return ".loop_" in name or handed


def is_left_in_frame(name: str) -> bool:
    """Does a symbol stand for what a function outside left in the frame, or in what a pointer that it gave leads to?"""
    return origin_of(name) is not Origin.CALLER and (f".{STACK}[" in name or f".{_OBJECT}[" in name)


def behind(pointer: str, who: Origin, place: str) -> str:
    """Name of what is where a pointer leads that a function outside gave, which knows places of the frame."""
    return f"{who.value}.{pointer.partition('.')[2]}.{_OBJECT}[{place}]"


def may_be_stored(name: str) -> bool:
    """Is this memory that may hold what was written elsewhere: a secret, say, by its origin, or a pointer?"""
    return name.startswith((f"{Origin.NOBODY.value}.", f"{Origin.VMM.value}.")) and "[" in name


def outside(name: str, count: int, what: str) -> str:
    """Name of what the function `name` outside the image, called as instruction number `count`, left in `what`."""
    return f"{Origin.OUTSIDE.value}.{name.replace(' ', '_')}.{count}.{what}"


def left(name: str, count: int, register: str) -> str:
    """Name of what such a function happens to leave in a register in which it returns nothing."""
    return f"{outside(name, count, register)}{_LEFT}"


def is_left(name: str) -> bool:
    """Is this a name that `left` makes?"""
    return name.startswith(f"{Origin.OUTSIDE.value}.") and name.endswith(_LEFT)


def kept(name: str, count: int, register: str) -> str:
    """Name of the bit that says whether a function outside the image left a register as it was."""
    return f"{Origin.OUTSIDE.value}.{name.replace(' ', '_')}.{count}.{register}_kept"
