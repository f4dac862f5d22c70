"""What a contract is: the written promise of one wrapper, as data. Neither angr nor Z3 here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tdxprove import symbols
from tdxprove.convention import Convention
from tdxprove.entry import NO_STACK, EntryState, Field, Region
from tdxprove.expression import Expression
from tdxprove.leaf import Leaf
from tdxprove.vouched import Vouched

NORETURN: Final = frozenset(
    """
    panic nmi_panic_self_stop panic_smp_self_stop do_exit do_group_exit do_task_dead make_task_dead
    rewind_stack_and_make_dead kthread_exit kthread_complete_and_exit __module_put_and_kthread_exit stop_this_cpu
    __fortify_panic fortify_panic usercopy_abort snp_abort sev_es_terminate __tdx_hypercall_failed BUG rust_begin_unwind
    abort exit _exit _Exit quick_exit longjmp __assert_fail __stack_chk_fail __cxa_throw __cxa_rethrow _Unwind_Resume
    """.split()
)
"""Functions that never return wherever they are known: Linux tools/objtool/noreturns.h and its headers; ISO C and the
Linux Standard Base; the Itanium C++ ABI, Exception Handling."""


@dataclass(frozen=True)
class Pointee:
    """What a pointer argument points to: named fields (offset, size in bytes) or equal elements.

    `extent` is the object's length in bytes, None if the contract does not know it. `optional` says that the pointer
    may be NULL: then there is no object, no access to it is allowed, and no output is owed in it.
    """

    extent: int | None
    element: int
    fields: Mapping[str, tuple[int, int]]
    readable: bool
    writable: bool
    optional: bool = False


@dataclass(frozen=True)
class Argument:
    """An argument: its name in the prototype, width in bits, and what it points to, if it does."""

    name: str
    bits: int = 64
    pointee: Pointee | None = None


@dataclass(frozen=True)
class Destination:
    """Where an output has to be at return, and (None: always) under which condition on the call."""

    place: Expression
    when: Expression | None = None


@dataclass(frozen=True)
class Failure:
    """How the function ends when the call does not succeed.

    `status`: "panic" (never returns), "return" (the function's results hold on that path too, and rax is not zero) or
    "result" (the same, but zero means failure, or nothing: the declared results alone tell) or "unjudged" (returns; how
    it tells is not judged, for the `reason`). `vmfail` and `fault` (SEAMCALL): the results on those paths.
    """

    status: str
    vmfail: Mapping[str, Expression] = field(default_factory=dict)
    fault: Mapping[str, Expression] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Repeat:
    """When a call may be made once more, and what it sends then.

    Args:
        condition: over the answer of the call before it (`call`), what that call sent (`sent`) and the arguments; None
            if nothing limits it.
        inputs: register to declared value, over the same; a register that is not here has the value of the first call.
    """

    condition: Expression | None = None
    inputs: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class CallSpec:
    """The TDX call that a wrapper makes.

    Args:
        instruction: tdcall or seamcall.
        leaves: catalogue entries that RAX may name.
        leaf: where RAX comes from when the caller chooses it; None when `leaves` fixes one value.
        subfunction: catalogue entry of the TDG.VP.VMCALL sub-function, if one is fixed.
        inputs: register to declared value; `widths` has how many low bits of it count (default 64).
        outputs: register to the place that it must reach.
        permitted, required: RCX bitmaps of TDG.VP.VMCALL: may be selected, must be selected.
        repeat: when the call may be made again; None if it is made once.
        when: over the arguments, whether it is made at all; None if it always is.
    """

    instruction: str
    leaves: tuple[Leaf, ...]
    leaf: Expression | None
    subfunction: Leaf | None
    inputs: Mapping[str, Expression]
    outputs: Mapping[str, Destination]
    permitted: int
    required: int
    failure: Failure
    repeat: Repeat | None = None
    mask_reason: str = ""
    when: Expression | None = None

    @property
    def vmcall(self) -> bool:
        """May this call be a TDG.VP.VMCALL?"""
        return self.instruction == "tdcall" and any(leaf.number == 0 for leaf in self.leaves)

    def width_of(self, register: str, output: bool = False) -> int:
        """How many low bits of an operand the ABI defines (catalogue `bits`; 64 unless it is a whole sub-register)."""
        known = self.subfunction
        if known is None:
            known = self.leaves[0] if len(self.leaves) == 1 else None
        for operand in () if known is None else (known.outputs if output else known.inputs):
            if operand.register == register and operand.bits in (8, 16, 32):
                return operand.bits
        return 64


@dataclass(frozen=True)
class FlagChange:
    """A flag that holds `value` (0 or 1) at return where `condition` holds, and its entry value elsewhere.

    Where that is None, nobody says when it holds which of the two.
    """

    value: int
    condition: Expression | None


@dataclass(frozen=True)
class Definition:
    """A named formula of a contract set."""

    parameters: tuple[str, ...]
    value: Expression


@dataclass(frozen=True)
class Contract:
    """The promise of one function.

    Args:
        set: name of the contract set ("generic" for functions nobody described).
        call: the declared TDX call, None for the generic contract.
        returns: place to value; None if the function never returns.
        otherwise: the same, where `call.when` does not hold and no call is made.
        scrubs: registers that hold nothing that the VMM chose at return.
        requires: preconditions on the entry state, each with its reason.
        changes: registers and flags that the convention preserves but this function may change.
        may_not_return: a function of which no path returns is one that never does, and not a sign of a contradiction.
        flags: flags (ac, if) that the function sets or clears on a condition over its arguments.
        may_write: places that are no outputs but may hold anything at return.
        static: other files may have functions of the same name: meant is the one that calls what makes TDX calls.
    """

    set: str
    symbol: str
    prototype: str
    convention: Convention
    arguments: tuple[Argument, ...]
    call: CallSpec | None
    returns: Mapping[str, Expression] | None
    scrubs: tuple[str, ...]
    requires: tuple[tuple[Expression, str], ...]
    changes: frozenset[str]
    may_not_return: bool
    may_write: tuple[Expression, ...]
    definitions: Mapping[str, Definition]
    noreturn: frozenset[str]
    vouched: Vouched
    assumptions: tuple[str, ...]
    source: tuple[str, ...]
    path: Path | None = None
    line: int = 0
    flags: Mapping[str, FlagChange] = field(default_factory=dict)
    static: bool = False
    writes_globals: bool = False
    """May it write the image's variables and per-CPU data? Which ones, the contract does not say."""
    otherwise: Mapping[str, Expression] = field(default_factory=dict)
    variables: Mapping[str, int] = field(default_factory=dict)
    """Bytes of the image's variables, as far as the contract set states them."""

    @property
    def preserves(self) -> tuple[str, ...]:
        """Registers and flags that must come back unchanged."""
        return tuple(r for r in self.convention.preserves if r not in self.changes and r not in self.flags)

    def argument(self, name: str) -> Argument | None:
        """The argument of that name."""
        return next((a for a in self.arguments if a.name == name), None)

    def entry_state(self) -> EntryState:
        """Registers, stack slots and memory regions at entry, under the symbols of their arguments."""
        registers: dict[str, Field] = {}
        stack: dict[int, Field] = {}
        regions: list[Region] = []
        for index, argument in enumerate(self.arguments):
            held = Field(symbols.argument(argument.name), argument.bits)
            if index < len(self.convention.arguments):
                registers[self.convention.arguments[index]] = held
            else:
                stack[self.convention.stack_arguments + 8 * (index - len(self.convention.arguments))] = held
            to = argument.pointee
            if to is not None:
                regions.append(Region(argument.name, held.name, to.extent, to.readable, to.writable, to.optional))
        end = max([self.convention.stack_arguments, *(at + 8 for at in stack)])
        # The slots of arguments are the callee's (psABI 3.2.2); without a contract nobody knows that there are any.
        writable = self.convention.stack_arguments if self.call is None else end
        if self.convention.return_address is not None:
            registers[self.convention.return_address] = Field(symbols.RETURN_ADDRESS)
            stack[0] = Field(symbols.TOP_OF_STACK)  # where it would be otherwise
        if not self.convention.stack:
            end = writable = NO_STACK
        globals_writable = self.call is None or self.writes_globals
        size = self.convention.stack_size
        return EntryState(registers, stack, tuple(regions), end, writable, globals_writable, size)
