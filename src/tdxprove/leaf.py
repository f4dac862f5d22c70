"""What a leaf of a TDX instruction, or a sub-function of TDG.VP.VMCALL, takes, gives back and may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Operand:
    """A register that a leaf reads or writes."""

    register: str
    meaning: str
    bits: int = 64
    value: int | None = None
    """The only value that it may have, None for any."""
    when: str = "always"
    """When an input is read or an output is valid: `always`, `success`, or a condition in words."""
    on_error: str | None = None
    """What a handler that fails stores instead, in words (`zero`, `minus_one`, `unchanged`, ...)."""
    otherwise: str | None = None
    """What an output holds when the condition of `when` does not hold, in words."""


class Selector(NamedTuple):
    """Bits of an input that tell apart sub-functions with the same number."""

    register: str
    high: int
    low: int
    value: int


@dataclass(frozen=True)
class Leaf:
    """A leaf or sub-function of an instruction."""

    instruction: str
    name: str
    number: int | None
    versions: tuple[int, ...]
    """Versions that are known; empty where the instruction has none or they are not known."""
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    """A register stands here more than once where it depends on the way in which the leaf comes back (`when`)."""
    modified: frozenset[str]
    """General-purpose registers that may change: of a sub-function, RAX and what any of its masks selects."""
    mask: int | None
    """Smallest RCX that exposes inputs and outputs; None where the instruction has no mask."""
    variants: Mapping[str, int]
    sources: tuple[str, ...]
    unconfirmed: str | None
    line: int
    statuses: tuple[str, ...] = ()
    selector: Selector | None = None
    vendor: bool = False
    """Not a call of the GHCI: R10 is not zero on input and no status on output."""
    may_not_return: bool = False
    writes: Mapping[str, int | None] = field(default_factory=dict)
    """Registers that hold addresses of memory which it writes, and how many bytes; None where that depends."""
