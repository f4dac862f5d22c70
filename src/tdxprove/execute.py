"""Symbolic execution of one function: from its entry state to the end of every path.

A path ends as returned, panicked, looping, diverted or cut; none is dropped, and a cut names its place and reason.
A branch is pruned only when the solver has shown that it can not be taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import z3

from tdxprove import machine, symbols
from tdxprove.angr_api import Ast, Translator, UntranslatableError, claripy, symbol
from tdxprove.entry import EntryState
from tdxprove.image import Image
from tdxprove.lift import FLAG_WRITES, JUMPKIND, TRAPS, UnsupportedInstructionError, decode, lift
from tdxprove.memory import IndexedAddressError, UnresolvedAddressError, linear, plain
from tdxprove.path import Access, Call, End, EndKind, Outcome, Path, Place, Transfer
from tdxprove.registers import FLAGS, GPRS, XMMS
from tdxprove.solver import Answer, Solver
from tdxprove.surroundings import RETURN_THUNKS, Effect, Surroundings
from tdxprove.thread import Budget, CutError, Thread
from tdxprove.vex import (
    Exit,
    all_registers,
    complete_pushed_flags,
    entry_state,
    fingerprint,
    forget_unreliable_flags,
    get_register,
    restore_interrupt_flag,
    set_carry,
    set_register,
)

_EX_TYPE_DEFAULT = 1
_EX_TYPE_FAULT = 2
"""Linux arch/x86/include/asm/extable_fixup_types.h: continue at the fix-up; the same with the trap number in RAX."""

_UD, _GP = 6, 13
"""Vectors of the faults that SEAMCALL raises (Intel SDM volume 3, table 6-1)."""


_REASONS_TO_CUT = (
    UnsupportedInstructionError,
    UnresolvedAddressError,
    UntranslatableError,
    machine.UnmodelledCallError,
    CutError,
)


def execute(
    image: Image,
    address: int,
    entry: EntryState,
    model: machine.Model,
    surroundings: Surroundings,
    watch: Sequence[Place] = (),
    precondition: Sequence[z3.BoolRef] = (),
    solver: Solver | None = None,
    budget: Budget | None = None,
) -> tuple[Path, ...]:
    """Every path of the function at `address`.

    Args:
        watch: memory whose content at the end the obligations will ask for.
        precondition: what the contract requires of the entry state, over the symbols of `entry`.
    """
    executor = _Executor(image, entry, model, surroundings, watch, solver or Solver(), budget or Budget())
    return executor.run(address, precondition)


class _Executor:
    """One exploration: the shared context that every step needs."""

    def __init__(
        self,
        image: Image,
        entry: EntryState,
        model: machine.Model,
        surroundings: Surroundings,
        watch: Sequence[Place],
        solver: Solver,
        budget: Budget,
    ) -> None:
        self.image, self.model, self.surroundings = image, model, surroundings
        self.watch, self.solver, self.budget = watch, solver, budget
        self.translate = Translator().term
        self.engine, self.initial = entry_state(image, entry)

    def run(self, address: int, precondition: Sequence[z3.BoolRef]) -> tuple[Path, ...]:
        """Depth first, so that sibling paths end one after the other."""
        paths: list[Path] = []
        pending = [Thread(self.initial, address, list(precondition))]
        while pending:
            thread = pending.pop()
            if len(paths) + len(pending) >= self.budget.paths:
                paths.append(self._end(thread, EndKind.CUT, f"more than {self.budget.paths} paths"))
                continue
            try:
                following = list(self._step(thread))
            except IndexedAddressError as error:
                following = [self._indexed(thread, error)]
            except _REASONS_TO_CUT as error:
                following = [self._end(thread, EndKind.CUT, str(error))]
            for item in following:
                if isinstance(item, Path):
                    paths.append(item)
                else:
                    pending.append(item)
        return tuple(paths)

    def _indexed(self, thread: Thread, error: IndexedAddressError) -> Path:
        """An object is accessed at an unknown offset: if that can be outside, it is a violation; cut in any case."""
        offset = self.translate(error.offset)
        outside = [*thread.condition, z3.UGT(offset, error.last)]
        if error.last < 0:
            outside.pop()
        if self.solver.check(*outside)[0] is Answer.SAT:
            thread.accesses.append(Access(thread.pc, error.write, str(error), tuple(outside)))
        return self._end(thread, EndKind.CUT, str(error))

    # -- one instruction ---------------------------------------------------------------------------------------------

    def _step(self, thread: Thread) -> Iterator[Thread | Path]:
        if len(thread.trace) >= self.budget.steps:
            raise CutError(f"more than {self.budget.steps} instructions on one path: a loop without a known bound?")
        code = self._code(thread.pc)
        decoded = decode(code)
        thread.trace.append(thread.pc)
        self._refuse_rewritten(thread.pc, decoded.mnemonic)
        following = thread.pc + decoded.size
        if decoded.mnemonic in TRAPS:
            yield self._trap(thread, decoded.mnemonic, following)
        elif decoded.mnemonic == "hlt":
            yield self._goto(thread, following)  # an interrupt ends it; what it may change lies below RSP
        elif decoded.mnemonic in FLAG_WRITES:
            flag, value = FLAG_WRITES[decoded.mnemonic]
            set_register(thread.state, flag, claripy.BVV(value, 1))
            yield self._goto(thread, following)
        else:
            if decoded.mnemonic == "popfq":
                self._check_popped_flags(thread, restore_interrupt_flag(thread.state))
            exits = self.engine.run(thread.state, lift(code[: decoded.size], thread.pc))
            if decoded.mnemonic == "pushfq":
                complete_pushed_flags(exits[0].state)
            for one in exits:
                forget_unreliable_flags(one.state, decoded, len(thread.trace))
            for branch, taken in self._possible(thread, exits):
                yield from self._leave(branch, taken)

    def _refuse_rewritten(self, pc: int, mnemonic: str) -> None:
        """Cut where the bytes of the file are not all that may run: alternatives, jump labels, faults with a fix-up."""
        if mnemonic != "seamcall" and pc in self.image.fixups:
            raise CutError("a fault of this instruction continues at an exception-table fix-up, which is not modelled")
        kind = self.image.patched.get(pc)
        if kind in {"alternative", "jump label", "static call"}:
            found = self.image.symbol_at(pc)
            if found is None or found[0].name not in RETURN_THUNKS:
                raise CutError(f"the kernel may replace this instruction at run time ({kind}), which is not modelled")

    def _code(self, pc: int) -> bytes:
        """Up to 15 bytes at `pc`, fewer at the end of a section or before bytes that are not known."""
        section = self.image.section_at(pc)
        if section is not None and (section.writable or not section.executable):
            raise CutError(f"executes {self.image.display(pc)} in section {section.name}, which is not read-only code")
        for size in range(15, 0, -1):
            code = self.image.read(pc, size)
            if code is not None:
                return code
        if self.image.section_at(pc) is None:
            raise CutError(f"execution leaves the image at {self.image.display(pc)}")
        raise CutError("the bytes of the instruction are not known (a relocation that could not be applied?)")

    def _check_popped_flags(self, thread: Thread, unchanged: Ast) -> None:
        """`popfq` may restore the flags that VEX does not keep (TF, IOPL, NT...), not change them.

        Raises:
            CutError: it may.
        """
        if self.solver.check(*thread.condition, z3.Not(self.translate(unchanged)))[0] is not Answer.UNSAT:
            raise CutError("popfq may change flags that are not modelled (TF, IOPL, NT, RF, VM...)")

    def _trap(self, thread: Thread, mnemonic: str, following: int) -> Thread | Path:
        if self.image.bugs.get(thread.pc):
            thread.assumptions.add(f"the WARN at {self.image.locate(thread.pc)} continues behind its {mnemonic}")
            return self._goto(thread, following)
        return self._end(thread, EndKind.PANICKED, f"{mnemonic} raises an exception")

    def _possible(self, thread: Thread, exits: list[Exit]) -> Iterator[tuple[Thread, Exit]]:
        """Exits that the path condition allows, each with a thread of its own.

        Raises:
            CutError: this path has come here too often without knowing which way to go.
        """
        guards = [[] if one.guard.is_true() else [self.translate(one.guard)] for one in exits]
        allowed = [not guard or self.solver.possible([*thread.condition, *guard]) for guard in guards]
        if sum(allowed) > 1:
            thread.undecided[thread.pc] += 1
            if thread.undecided[thread.pc] > self.budget.rounds:
                raise CutError(f"a loop without a known bound: {self.budget.rounds} rounds and no end")
        for number, (one, conditions) in enumerate(zip(exits, guards, strict=True)):
            outside = list(one.state.memory.outside)
            one.state.memory.outside.clear()
            if not allowed[number]:
                continue
            last = number == len(exits) - 1
            branch = thread if last and not conditions else thread.fork(one.state, conditions)
            branch.state = one.state
            for access in outside:
                guard = [] if access.guard.is_true() else [self.translate(access.guard)]
                branch.accesses.append(Access(thread.pc, access.write, access.what, (*branch.condition, *guard)))
            self._settle_stack(branch)
            yield branch, one

    def _settle_stack(self, thread: Thread) -> None:
        """Tell the memory where RSP is: what lies below it may change from here on."""
        rsp = get_register(thread.state, "rsp")
        try:
            base, offset = linear(rsp)
        except UnresolvedAddressError:
            base, offset = rsp, 0
        if base is None or base.op != "BVS" or base.args[0] != symbols.entry("rsp"):
            offset = self._distance(thread, rsp)
            set_register(thread.state, "rsp", symbol(symbols.entry("rsp"), 64) + offset)
        thread.state.memory.set_stack_floor(offset)

    def _distance(self, thread: Thread, rsp: Ast) -> int:
        """RSP minus its entry value, where the path condition leaves one possibility (`and $-16,%rsp`).

        Raises:
            CutError: it does not, or RSP points somewhere else altogether.
        """
        difference = self.translate(rsp) - z3.BitVec(symbols.entry("rsp"), 64)
        answer, model = self.solver.check(*thread.condition)
        if answer is Answer.SAT and model is not None:
            value = model.eval(difference, model_completion=True).as_signed_long()
            if self.solver.check(*thread.condition, difference != value)[0] is Answer.UNSAT:
                return int(value)
        raise CutError("the stack pointer is not at a constant distance from its entry value")

    # -- leaving an instruction ----------------------------------------------------------------------------------------

    def _leave(self, thread: Thread, one: Exit) -> Iterator[Thread | Path]:
        if one.jumpkind.startswith(JUMPKIND):
            yield from self._tdx(thread, one.jumpkind.removeprefix(JUMPKIND), one.target.args[0])
        elif one.jumpkind.startswith("Ijk_Sig"):
            yield self._end(thread, EndKind.PANICKED, "the instruction raises an exception")
        elif one.jumpkind in {"Ijk_Boring", "Ijk_Call", "Ijk_Ret", "Ijk_Yield"}:
            yield from self._transfer(thread, one.target, one.jumpkind)
        else:
            raise CutError(f"VEX ends the block with {one.jumpkind}, which is not modelled")

    def _transfer(self, thread: Thread, target: Ast, jumpkind: str) -> Iterator[Thread | Path]:
        if target.op == "BVV" and (jumpkind != "Ijk_Ret" or self._is_code(target.args[0])):
            yield from self._enter(thread, target.args[0], jumpkind)
            return
        if target.op == "If":
            self._record(thread, target)
            condition, then, otherwise = target.args
            for guard, chosen in ((condition, then), (claripy.Not(condition), otherwise)):
                extra = [self.translate(guard)]
                if self.solver.possible([*thread.condition, *extra]):
                    yield from self._transfer(thread.fork(thread.state.copy(), extra), chosen, jumpkind)
            return
        term = self._record(thread, target)
        known = None if target.op in {"BVS", "BVV"} else self._only_value(thread, term)
        if known is not None and (jumpkind != "Ijk_Ret" or self._is_code(known)):
            yield from self._enter(thread, known, jumpkind)
            return
        is_return_address = target.op == "BVS" and target.args[0] == symbols.RETURN_ADDRESS
        if jumpkind == "Ijk_Ret" or (jumpkind == "Ijk_Boring" and is_return_address):
            yield self._end(thread, EndKind.RETURNED, "", term)
            return
        names = {name for name in target.variables if symbols.origin_of(name) is symbols.Origin.VMM}
        if names:
            yield self._end(thread, EndKind.DIVERTED, f"jumps to a target that depends on {', '.join(sorted(names))}")
            return
        raise CutError(f"jumps to {plain(target)}, a target that is not known")

    def _record(self, thread: Thread, target: Ast) -> z3.BitVecRef:
        term: z3.BitVecRef = self.translate(target)
        thread.transfers.append(Transfer(thread.pc, term, tuple(thread.condition)))
        return term

    def _only_value(self, thread: Thread, term: z3.BitVecRef) -> int | None:
        """The value of a term where the path condition leaves no other, whatever symbols it is written with."""
        answer, model = self.solver.check(*thread.condition)
        if answer is not Answer.SAT or model is None:
            return None
        value = model.eval(term, model_completion=True).as_long()
        return int(value) if self.solver.check(*thread.condition, term != value)[0] is Answer.UNSAT else None

    def _is_code(self, address: int) -> bool:
        section = self.image.section_at(address)
        return section is not None and section.executable

    def _enter(self, thread: Thread, target: int, jumpkind: str) -> Iterator[Thread | Path]:
        """Continue at a constant address: inside the image, or through what the surroundings say of it."""
        effect = None
        if jumpkind == "Ijk_Call" or self.image.external_at(target) is not None:
            effect = self.surroundings.effect(self.image, target)
        if effect is None or effect.kind == "follow":
            yield self._goto(thread, target)
            return
        if effect.assumption:
            thread.assumptions.add(effect.assumption)
        if effect.kind == "noreturn":
            yield self._end(thread, EndKind.PANICKED, f"{effect.name} does not return")
            return
        if effect.kind == "cut":
            raise CutError(f"calls {effect.name}, which makes TDX calls and is not in the file")
        if effect.kind == "jump":
            yield from self._transfer(thread, get_register(thread.state, effect.register), "Ijk_Boring")
            return
        if effect.kind == "havoc":
            self._havoc(thread, effect)
        rsp = get_register(thread.state, "rsp")
        back = thread.state.memory.load(rsp, 8)
        set_register(thread.state, "rsp", rsp + 8)
        self._settle_stack(thread)
        yield from self._transfer(thread, back, "Ijk_Ret")

    def _havoc(self, thread: Thread, effect: Effect) -> None:
        """A function outside the image may change what its calling convention lets it change."""
        state = thread.state
        count = len(thread.trace)
        for register in effect.volatile:
            if register in GPRS:
                value = get_register(state, register)
                if symbols.entry("rsp") in value.variables:
                    raise CutError(f"passes an address of its own stack to {effect.name}, which is outside the image")
            bits = 64 if register in GPRS else 128
            set_register(state, register, symbol(f"outside.{effect.name}.{count}.{register}", bits))
        set_carry(state, 0, symbol(f"outside.{effect.name}.{count}.flags", 64))
        for region in (*state.memory.regions, symbols.DATA, symbols.PERCPU, symbols.TLS):
            state.memory.forget(region)

    def _goto(self, thread: Thread, target: int) -> Thread | Path:
        """Move on; going back to where this path has been in the very same state is an endless loop."""
        thread.pc = target
        thread.visits[target] += 1
        visits = thread.visits[target]
        if visits & (visits - 1) == 0 and visits > 1:  # at the second, fourth, eighth... visit: comparing costs
            state, expressions = fingerprint(thread.state)
            here = (target, state, len(thread.calls))
            if here in thread.seen:
                return self._end(thread, EndKind.LOOPS, "repeats without end and without a change")
            thread.seen[here] = expressions
        return thread

    # -- TDX instructions ----------------------------------------------------------------------------------------------

    def _tdx(self, thread: Thread, instruction: str, following: int) -> Iterator[Thread | Path]:
        if instruction not in {"tdcall", "seamcall"}:
            raise CutError(f"{instruction} runs only inside the TDX module and is not modelled")
        before = dict(all_registers(thread.state))
        ordinal = len(thread.calls)
        if instruction == "tdcall":
            successors = machine.tdcall(before, self.model, ordinal)
        else:
            successors = machine.seamcall(before, self.model, ordinal)
        terms = {register: self.translate(value) for register, value in before.items()}
        for one in successors:
            conditions = [self.translate(condition) for condition in one.conditions if not condition.is_true()]
            if conditions and not self.solver.possible([*thread.condition, *conditions]):
                continue
            branch = thread.fork(thread.state.copy(), conditions)
            for register, value in one.changed.items():
                set_register(branch.state, register, value)
            if one.carry is not None:
                others = symbol(symbols.answer(symbols.Origin.MODULE, ordinal, "flags"), 64)
                set_carry(branch.state, one.carry, claripy.BVV(0, 64) if one.carry else others)
            after = {
                "trap": z3.BitVecVal(0, 64),
                **terms,
                **{register: self.translate(value) for register, value in one.changed.items()},
            }
            reached = tuple(thread.condition)
            branch.calls.append(Call(ordinal, thread.pc, instruction, one.outcome, terms, after, reached))
            if one.outcome is Outcome.FAULT:
                yield self._fault(branch, ordinal)
            else:
                yield self._goto(branch, following)

    def _fault(self, thread: Thread, ordinal: int) -> Thread | Path:
        """SEAMCALL raised #UD or #GP: the exception table says where the kernel continues."""
        fixup = self.image.fixups.get(thread.pc)
        if fixup is None:
            return self._end(thread, EndKind.PANICKED, "SEAMCALL faults and no exception-table entry continues it")
        trap = symbol(symbols.answer(symbols.Origin.MODULE, ordinal, "trap"), 64)
        term = self.translate(trap)
        thread.condition.append(z3.Or(term == _UD, term == _GP))
        call = thread.calls[-1]
        after = {**call.after, "trap": term}
        if fixup.kind == _EX_TYPE_FAULT:
            set_register(thread.state, "rax", trap)
            after["rax"] = term
        thread.calls[-1] = replace(call, after=after)
        if fixup.kind not in {_EX_TYPE_DEFAULT, _EX_TYPE_FAULT}:
            raise CutError(f"exception-table entries of type {fixup.kind} are not modelled")
        return self._goto(thread, fixup.target)

    # -- ends --------------------------------------------------------------------------------------------------------

    def _end(self, thread: Thread, kind: EndKind, reason: str, target: z3.BitVecRef | None = None) -> Path:
        registers: dict[str, z3.BitVecRef] = {}
        memory: dict[Place, z3.BitVecRef] = {}
        if kind is EndKind.RETURNED:
            registers = {r: self.translate(get_register(thread.state, r)) for r in (*GPRS, *XMMS, *FLAGS)}
            registers["return_target"] = target
            for place in self.watch:
                value = thread.state.memory.read(place.region, place.offset, place.size)
                memory[place] = self.translate(value)
        return Path(
            tuple(thread.condition),
            tuple(thread.calls),
            tuple(thread.accesses),
            tuple(thread.transfers),
            End(kind, thread.pc, reason),
            registers,
            memory,
            tuple(thread.trace),
            frozenset(thread.assumptions),
        )
