"""A concrete run of the function in an emulator, with the TDX instructions emulated here on numbers.

The answers of the module and the VMM are those that the solver chose. What comes out is a `Path` of constants.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Mapping

import z3

from tdxprove import faults, symbols
from tdxprove.concrete_memory import ConcreteMemory
from tdxprove.concrete_outside import havoc_registers, move_memory
from tdxprove.concrete_tdx import TdxCall, answer_call
from tdxprove.detours import Detours
from tdxprove.effect import TDX_MODULE, Effect
from tdxprove.instructions import (
    CACHES,
    FLAG_WRITES,
    FOREIGN_CALLS,
    TDX_ENCODINGS,
    TELLS,
    TRAPS,
    Decoded,
    UnsupportedInstructionError,
    decode,
)
from tdxprove.path import Call, End, EndKind, Outcome, Path, Place, Transfer
from tdxprove.processor import Processor
from tdxprove.registers import GPRS, XMMS
from tdxprove.scenario import Choices, ReplayError, Scenario
from tdxprove.surroundings import effect_of, paravirtual, pointed_to
from tdxprove.symbols import Origin, answer
from tdxprove.well_known import RETURN_THUNKS

_STEPS = 40_000


class Run:
    """One concrete execution, instruction by instruction.

    Args:
        values: what the solver chose, by symbol.
        like: the path under proof.
        until: the TDX call of which the obligation speaks: the run ends there.
    """

    def __init__(self, scenario: Scenario, values: Mapping[str, int], like: Path, until: int | None) -> None:
        self.scenario, self.image, self.choices = scenario, scenario.image, Choices(values)
        self.like, self.until = like, until
        self.calls: list[Call] = []
        self.transfers: list[Transfer] = []
        self.steps = 0
        self.visits: Counter[int] = Counter()
        self.detours = Detours()
        self.pc = scenario.address
        self.processor = Processor()
        self.processor.enter(scenario.entry, self.choices)
        self.memory = ConcreteMemory(scenario, self.choices, self.processor, like.reads)

    def run(self) -> Path:
        """Follow the code to its end, or to the end of the path that the solver reasoned about; only once.

        Raises:
            ReplayError: the emulator stops with an error of its own.
        """
        try:
            return self._follow()
        finally:
            # Unicorn's engine has a GiB of addresses, and its hooks hold it in cycles that only the collector finds
            # (ctypes.cast makes them). It is young: to look among young objects is enough, and cheap.
            del self.processor, self.memory
            gc.collect(1)

    def _follow(self) -> Path:
        endless = self.like.end.kind in {EndKind.CUT, EndKind.COVERED, EndKind.LOOPS}
        seen: set[tuple[int, ...]] = set()
        for _ in range(len(self.like.trace) if endless else _STEPS):
            end = self._step()
            self.pc = self.detours.rejoin(self.pc)
            self.visits[self.pc] += 1
            self.memory.interrupt(self.processor.read("rsp"))
            if end is not None:
                return self._path(end)
            state = self._state()
            if self.like.end.kind is EndKind.LOOPS and state in seen:
                return self._path(End(EndKind.LOOPS, self.pc, "repeats without end and without a change"))
            seen.add(state)
        if endless:
            return self._path(End(EndKind.CUT, self.pc, "as far as the proof went"))
        raise ReplayError(f"no end after {_STEPS} instructions")

    def _state(self) -> tuple[int, ...]:
        """What decides how the run goes on, where nothing has been written since."""
        registers = (self.processor.read(register) for register in (*GPRS, *XMMS))
        counts = (len(self.calls), self.memory.writes, self.memory.unknowns)
        return (self.pc, *registers, self.processor.eflags, *counts)

    # -- one instruction ---------------------------------------------------------------------------------------------

    def _stand(self) -> None:
        """Go to what stands at this place when the kernel has rewritten its code."""
        rewrites = self.image.rewrites
        place = rewrites.places.get(self.pc)
        covering = self.image.symbol_at(self.pc)
        while place is not None and (covering is None or covering[0].name not in RETURN_THUNKS):
            target = place.chosen(self.choices.values)
            if target is None:
                return
            self.detours.enter(rewrites, self.pc, target)
            self.pc = target
            place = rewrites.places.get(target)

    def _step(self) -> End | None:
        self._stand()
        self.steps += 1
        code = self.image.fetch(self.pc)
        if code is None:
            return End(EndKind.DIVERTED, self.pc, "outside the image")
        try:
            decoded = decode(code)
        except UnsupportedInstructionError as error:
            raise ReplayError(str(error)) from None
        self.memory.begin(self.pc, self.processor.read("rsp"))
        if decoded.mnemonic != "seamcall" and self.pc in self.image.fixups and self._faults():
            return None
        if decoded.mnemonic in TDX_ENCODINGS:
            return self._tdx(decoded.mnemonic)
        if decoded.mnemonic in TRAPS and not self.image.bugs.get(self.pc):
            return End(EndKind.PANICKED, self.pc, decoded.mnemonic)
        if decoded.mnemonic in FOREIGN_CALLS:
            return End(EndKind.PANICKED, self.pc, decoded.mnemonic)
        if self._emulates(decoded):
            self.pc += decoded.size
            return None
        return self._execute(decoded)

    def _faults(self) -> bool:
        """Does the instruction fault, and continue at its fix-up?"""
        fixup = self.image.fixups[self.pc]
        number = symbols.system(f"fault_{self.pc:#x}_{self.visits[self.pc]}")
        if not self.choices.of(number):
            return False
        for register, value in faults.repaired(fixup, self.choices.of(f"{number}_vector")):
            self.processor.write(register, value)
        self.pc = fixup.target
        return True

    def _tdx(self, instruction: str) -> End | None:
        ordinal, at = len(self.calls), self.pc
        before = self.processor.registers()
        if ordinal == self.until:
            self.calls.append(Call(ordinal, at, instruction, Outcome.REFUSED, before, before, ()))
            return End(EndKind.CUT, at, "the obligation speaks of this call")
        planned = [call for call in self.like.calls if call.ordinal == ordinal]
        outcome = planned[0].outcome if planned else Outcome.REFUSED
        fixup = self.image.fixups.get(at)
        if planned and planned[0].writes:
            self.memory.forget(TDX_MODULE, self.steps)
        call = TdxCall(instruction, ordinal, outcome, fixup)
        answer_call(call, self.processor, self.choices, self.scenario.leaves)
        trap = self.choices.of(answer(Origin.MODULE, ordinal, "trap")) if outcome is Outcome.FAULT else 0
        after = {**self.processor.registers(), "trap": z3.BitVecVal(trap, 64)}
        self.calls.append(Call(ordinal, at, instruction, outcome, before, after, ()))
        if outcome is Outcome.FAULT and fixup is None:
            return End(EndKind.PANICKED, at, "no exception-table entry")
        self.pc = (
            fixup.target if outcome is Outcome.FAULT and fixup is not None else at + len(TDX_ENCODINGS[instruction])
        )
        return None

    def _emulates(self, decoded: Decoded) -> bool:
        """Do here what only a kernel may do, or what tells of the machine; False for all that Unicorn executes."""
        if decoded.reports:
            for register in decoded.reports:
                value = self.choices.reported(decoded.mnemonic, self.steps, register)
                kept = self.processor.read(register) if decoded.reported_bits < 32 else 0
                self.processor.write(register, kept >> decoded.reported_bits << decoded.reported_bits | value)
            return True
        if decoded.mnemonic in FLAG_WRITES:
            self.processor.set_flag(*FLAG_WRITES[decoded.mnemonic])
            return True
        return decoded.mnemonic in TELLS | CACHES | TRAPS

    def _execute(self, decoded: Decoded) -> End | None:
        at = self.pc
        self.memory.map(at, decoded.size)
        try:
            self.pc = self.processor.execute(at)
        except ReplayError as error:
            raise ReplayError(f"the emulator stops at {self.image.locate(at)}: {error}") from None
        name = decoded.mnemonic.rsplit(maxsplit=1)[-1]
        if name == "ret" or (name in {"jmp", "call"} and decoded.target(0) is None):
            return self._indirect(at, name)
        if name in {"call", "jmp"} or name.startswith("j"):
            return self._named(at, name)
        return None

    # -- out of the function -----------------------------------------------------------------------------------------

    def _indirect(self, source: int, name: str) -> End | None:
        if name == "call" and self.image.calls_paravirt(source):
            return self._apply(source, self.scenario.surroundings.replaceable(paravirtual(self.image, source)))
        if name != "ret" and (effect := self._pointed_to()) is not None:
            return self._apply(source, effect)
        self.transfers.append(Transfer(source, z3.BitVecVal(self.pc, 64), ()))
        self.pc = self.detours.rejoin(self.pc)
        is_return_address = self.pc == self.choices.of(symbols.RETURN_ADDRESS)
        inside = self.image.section_at(self.pc) is not None and not is_return_address
        if name != "ret" and (inside or self.image.external_at(self.pc) is not None):
            return self._named(source, name)
        if inside:
            return None
        if name == "ret" or is_return_address:
            return End(EndKind.RETURNED, source, "")
        return End(EndKind.DIVERTED, source, f"to {self.pc:#x}")

    def _pointed_to(self) -> Effect | None:
        """What the code does that is outside the image and that a variable points to now."""
        for name in sorted(self.scenario.surroundings.vouched.pointers):
            place = self.image.variable(name, self.scenario.address)
            if place is None or self.image.section_at(self.pc) is not None:
                continue
            if self.pc == int.from_bytes(self.memory.read(place[0], symbols.WORD), "little"):
                return pointed_to(self.image, self.scenario.surroundings, symbols.word(symbols.DATA, place[0]))
        return None

    def _named(self, source: int, name: str) -> End | None:
        effect = effect_of(self.image, self.scenario.surroundings, source, self.pc, name == "call")
        if effect is None or effect.kind == "follow":
            return None
        if effect.kind == "library" and self.like.trace[self.steps : self.steps + 1] == (self.pc,):
            return None  # the proof has followed its code
        return self._apply(source, effect)

    def _apply(self, source: int, effect: Effect) -> End | None:
        """Do what a place outside the proof does, as the solver says."""
        processor = self.processor
        if effect.kind == "noreturn":
            return End(EndKind.PANICKED, source, effect.reason or f"{effect.name} does not return")
        if effect.kind == "cut":
            raise ReplayError(f"the run depends on {effect.name}, which is outside the image")
        if effect.kind == "jump":
            self.pc = processor.read(effect.register)
            return self._indirect(source, "jmp")
        target = processor.read(effect.arguments[0]) if effect.arguments else 0
        if effect.kind == "library":
            effect = move_memory(processor, self.memory, effect)
        if effect.kind == "havoc":
            self.memory.forget(effect, self.steps)
        if effect.kind in {"havoc", "volatile"}:
            havoc_registers(processor, self.choices, effect, self.steps)
        if effect.returns_target:
            processor.write(effect.results[0], target)
        rsp = processor.read("rsp")
        self.pc = int.from_bytes(self.memory.read(rsp, symbols.WORD), "little")
        processor.write("rsp", rsp + symbols.WORD)
        return self._indirect(source, "ret")

    # -- the result --------------------------------------------------------------------------------------------------

    def _path(self, end: End) -> Path:
        registers = self.processor.registers() | self.processor.flags()
        registers["return_target"] = z3.BitVecVal(self.pc, 64)
        watched = self.scenario.watch if end.kind is EndKind.RETURNED else ()
        content = {place: self._content(place) for place in watched}
        accesses = tuple(self.memory.accesses)
        return Path((), tuple(self.calls), accesses, tuple(self.transfers), end, registers, content)

    def _content(self, place: Place) -> z3.BitVecRef:
        address = self.choices.of(symbols.argument(place.region)) + place.offset
        return z3.BitVecVal(int.from_bytes(self.memory.read(address, place.size), "little"), 8 * place.size)
