"""What a call or jump to a named place does to the machine, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tdxprove import symbols
from tdxprove.symbols import STACK, Origin
from tdxprove.vouched import Assigned


@dataclass(frozen=True)
class Effect:
    """What a call or jump to a named place does.

    `kind`: "follow" (its code is in the image), "return" (comes back at once), "noreturn", "jump" (to `register`),
    "volatile" (comes back with `volatile` registers changed, or left as they were; `results` hold what it returns, and
    `more` what it returns if it returns more than fits there),
    "havoc" (the same, and all memory that it can reach), "library" (copies or fills memory: tdxprove.library), "cut"
    (issues TDX calls of its own).

    `arguments` are the registers of a library function's arguments, `instead` what is assumed of one whose sizes are
    not known, empty if its code is followed then; `returns_target`: it comes back with its first argument; `fills`: it
    writes the objects whose address it is handed; `assigns`: the objects in its caller's frame that it may change, None
    if nobody knows; `home`: bytes above its return address that are its own; `leads_into`: the argument whose object
    the pointer leads into that it returns, 0 for none of its caller's, None if nobody knows; `carries`: whose values it
    is known to put into the objects that it is handed; `reason`: why a path is cut or ends there.
    """

    kind: str
    name: str
    assumption: str = ""
    register: str = ""
    volatile: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    reason: str = ""
    arguments: tuple[str, ...] = ()
    instead: str = ""
    returns_target: bool = False
    fills: bool = False
    assigns: tuple[Assigned, ...] | None = None
    home: int = 0
    leads_into: int | None = None
    carries: frozenset[Origin] = frozenset()

    def leaves(self, register: str, count: int) -> str:
        """Name of what it leaves in a register, called as instruction number `count`: a result, or what happens to be.

        What a function happens to leave is like what is on the stack: nobody means to send it.
        """
        if register in self.results or register in self.more:
            return symbols.outside(self.name, count, register)
        return symbols.left(self.name, count, register)

    def author(self, count: int, past: int = 0) -> str:
        """Who has changed the frame of its caller: it, called as instruction number `count`.

        `past` tells what it found: in another frame, or after something else, it may leave something else.
        """
        return f"{self.name}.{count}.{past:x}.{STACK}"

    def wrote(self, author: str, count: int) -> bool:
        """Is `author` this function, called as instruction number `count`, whatever it found?"""
        return author.startswith(f"{self.name}.{count}.") and author.endswith(f".{STACK}")


TDX_MODULE: Final = Effect("havoc", "the_TDX_module")
"""What the module does to memory in a call that writes some."""
