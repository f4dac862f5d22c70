"""What symbolic execution hands to the proof: paths as plain data over Z3 terms.

What makes a `Path` uses angr or an emulator; what reads it knows neither. A path replayed from a counterexample has the
same shape with constants for terms, so the same obligations judge both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import z3

from tdxprove.symbols import Origin


class Outcome(StrEnum):
    """How one TDX instruction ended."""

    REFUSED = "refused"  # the module reports a status other than 0 before anything happened; only RAX changes
    COMPLETED = "completed"  # the leaf ran: outputs are fresh; a TDG.VP.VMCALL has reached the VMM
    VMFAIL = "vmfail"  # SEAMCALL: VMfailInvalid, CF = 1, registers unchanged
    FAULT = "fault"  # SEAMCALL: #UD or #GP, continued at the exception-table fix-up (or not at all)


class EndKind(StrEnum):
    """How a path ended."""

    RETURNED = "returned"  # through ret, or a jump to the return address
    PANICKED = "panicked"  # ud2, BUG, a call that never returns, a fault without fix-up
    LOOPS = "loops"  # an endless loop that changes nothing any more
    COVERED = "covered"  # one more round of a loop, after which the state is one that another path starts from
    DIVERTED = "diverted"  # jumped to an address that the caller, the VMM or nobody chose
    CUT = "cut"  # not followed further: the reason is named


@dataclass(frozen=True)
class End:
    """End of a path: kind, address of the last instruction, and for people why."""

    kind: EndKind
    address: int
    reason: str = ""


@dataclass(frozen=True)
class Call:
    """One execution of TDCALL or SEAMCALL on a path.

    `before` and `after` map the 16 GPRs to 64-bit terms and xmm0-15 to 128-bit terms; `condition` is the path
    condition under which the instruction was reached. With `rounds` it stands for a call in any round of these loops,
    and `ordinal` counts from their heads. `writes`: the module may have written memory. `asking`: whose values
    have a part in what the module was asked, by which its answers are named (`symbols.answer`).
    """

    ordinal: int
    address: int
    instruction: str
    outcome: Outcome
    before: Mapping[str, z3.BitVecRef]
    after: Mapping[str, z3.BitVecRef]
    condition: tuple[z3.BoolRef, ...]
    rounds: tuple[tuple[int, int], ...] = ()
    writes: bool = False
    asking: frozenset[Origin] = frozenset()
    exposed: dict[str, z3.BoolRef] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Whether the VMM sees a register, once somebody has worked it out: every pair of calls asks."""


@dataclass(frozen=True)
class Access:
    """A memory access outside every region that the contract declares, under `condition`."""

    address: int
    write: bool
    what: str
    condition: tuple[z3.BoolRef, ...]


@dataclass(frozen=True)
class Transfer:
    """An indirect jump, call or return and the 64-bit term that it went to."""

    address: int
    target: z3.BitVecRef
    condition: tuple[z3.BoolRef, ...]


@dataclass(frozen=True)
class Place:
    """A piece of memory that an obligation reads: `size` bytes at `offset` in a region."""

    region: str
    offset: int
    size: int


@dataclass(frozen=True)
class Path:
    """One way through the function, from entry to its end.

    `registers` maps GPRs, xmm0-15 and the flags df, ac, if (1-bit) to their values at the end, plus `return_target`,
    the address that the function returned to; `memory` the watched places. `trace` is the addresses executed,
    `reads` addresses that no contract describes, each with the value that was found there, `rounds` the loops of which
    rounds were forgotten (tdxprove.loops).
    """

    condition: tuple[z3.BoolRef, ...]
    calls: tuple[Call, ...]
    accesses: tuple[Access, ...]
    transfers: tuple[Transfer, ...]
    end: End
    registers: Mapping[str, z3.BitVecRef]
    memory: Mapping[Place, z3.BitVecRef]
    trace: tuple[int, ...] = ()
    assumptions: frozenset[str] = field(default_factory=frozenset)
    reads: tuple[tuple[z3.BitVecRef, z3.BitVecRef], ...] = ()
    rounds: tuple[tuple[int, int], ...] = ()
