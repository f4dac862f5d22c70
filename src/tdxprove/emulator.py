"""A concrete run of the function in an emulator, with the TDX instructions emulated here on numbers.

The answers of the module and the VMM are those that the solver chose. What comes out is a `Path` of constants.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import unicorn
import unicorn.x86_const as ux
import z3

from tdxprove import faults, library, symbols
from tdxprove.catalogue import Leaf
from tdxprove.entry import EntryState
from tdxprove.image import Image
from tdxprove.lift import FLAG_WRITES, FOREIGN_CALLS, TDX_ENCODINGS, TRAPS, UnsupportedInstructionError, decode
from tdxprove.path import Access, Call, End, EndKind, Outcome, Path, Place, Transfer
from tdxprove.registers import FLAGS, GPRS, XMMS, mask_bit
from tdxprove.rewriting import Detours
from tdxprove.surroundings import RETURN_THUNKS, Effect, Surroundings, effect_of, paravirtual
from tdxprove.symbols import Origin, answer
from tdxprove.tdx import VMCALL, encodings
from tdxprove.terms import constants_of

_PAGE = 0x1000
_SLACK = 0x4000
"""Stack that is mapped below the entry RSP, and how far an object of unknown extent reaches, in bytes."""

_STEPS = 40_000
_EX_TYPE_FAULT = 2
_WORD = (1 << 64) - 1
_CF, _ARITHMETIC = 1, 0x8D5
_FLAG_BITS = {"df": 1 << 10, "if": 1 << 9, "ac": 1 << 18}
"""Intel SDM volume 1, figure 3-8."""


class ReplayError(Exception):
    """The run did not go as the solver said; the message names the first difference."""


@dataclass(frozen=True)
class Scenario:
    """What a replay needs besides the values: the code, its entry state, the rules for calls, the leaves by RAX."""

    image: Image
    address: int
    entry: EntryState
    surroundings: Surroundings
    watch: tuple[Place, ...]
    leaves: Mapping[str, tuple[Leaf, ...]]


def _constant(name: str) -> int:
    return int(getattr(ux, f"UC_X86_REG_{name.upper()}"))


_REGISTERS = {register: _constant(register) for register in (*GPRS, *XMMS)}


class Run:
    """One concrete execution, instruction by instruction."""

    def __init__(self, scenario: Scenario, values: Mapping[str, int], like: Path, until: int | None) -> None:
        self.scenario, self.values, self.like, self.until = scenario, values, like, until
        self.calls: list[Call] = []
        self.accesses: list[Access] = []
        self.transfers: list[Transfer] = []
        self.unknowns = 0
        self.writes = 0
        self.generation = 0
        self.forgotten = 0
        self.chosen: set[int] = set()
        self.steps = 0
        self.visits: Counter[int] = Counter()
        self.detours = Detours()
        self.lowest_write = _WORD
        self.pc = scenario.address
        self.instruction_rsp = 0
        self.uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        # Without it Unicorn cuts addresses to the physical width, and kernel code is not where it was mapped.
        self.uc.ctl_set_tlb_mode(unicorn.UC_TLB_VIRTUAL)
        self.mapped: set[int] = set()
        self.stack = self._value(symbols.entry("rsp"))
        self.spans = self._spans()
        self._enter()
        unmapped = unicorn.UC_HOOK_MEM_UNMAPPED
        self.uc.hook_add(unmapped, lambda _uc, _access, address, size, _value, _user: self._map(address, size))
        self.uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_read)
        self.uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_write)

    def _value(self, name: str) -> int:
        return self.values.get(name, 0)

    # -- entry -----------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        entry = self.scenario.entry
        for register in GPRS:
            held = entry.registers.get(register)
            value = self._value(symbols.entry(register)) if held is None else self._value(held.name)
            if held is not None and held.bits < 64:
                value |= self._value(symbols.entry(register) + ".high") << held.bits
            self.write(register, value)
        for xmm in XMMS:
            self.write(xmm, self._value(symbols.entry(xmm)))
        self.uc.reg_write(ux.UC_X86_REG_GS_BASE, self._value(symbols.entry("gs_base")))
        self.uc.reg_write(ux.UC_X86_REG_FS_BASE, self._value(symbols.entry("fs_base")))
        flags = self._value(symbols.entry("arithmetic_flags")) & _ARITHMETIC | 2
        for flag in ("ac", "if"):
            flags |= _FLAG_BITS[flag] * self._value(symbols.entry(flag))
        self.uc.reg_write(ux.UC_X86_REG_EFLAGS, flags)
        for name, value in self.values.items():
            self._initial_word(name, value)
        for where, what in self.like.reads:
            self._poke(self._number(where), self._number(what), what.size() // 8)
        for offset, slot in entry.stack.items():
            high = self._value(symbols.word(symbols.STACK, offset) + ".high") << slot.bits if slot.bits < 64 else 0
            self._poke(self.stack + offset, self._value(slot.name) | high)
        if 0 not in entry.stack:
            self._poke(self.stack, self._value(symbols.RETURN_ADDRESS))

    def _initial_word(self, name: str, value: int) -> None:
        """Memory content that the solver chose: `region[offset]`."""
        region, bracket, rest = name.partition("[")
        if not bracket or not rest.endswith("]"):
            return
        base = {symbols.STACK: self.stack, symbols.DATA: 0}
        base |= {segment: self._value(name) for name, segment in symbols.SEGMENT_BASES.items()}
        if region in base:
            start = base[region]
        elif any(r.name == region for r in self.scenario.entry.regions):
            start = self._value(symbols.argument(region))
        else:
            return
        self._poke(start + int(rest[:-1], 16), value)

    def _number(self, term: z3.BitVecRef) -> int:
        """What a term is when its symbols have the values of this run."""
        known = [(node, z3.BitVecVal(self._value(name), node.size())) for name, node in constants_of(term).items()]
        return int(z3.simplify(z3.substitute(term, *known) if known else term).as_long())

    def _poke(self, address: int, value: int, size: int = 8) -> None:
        address &= _WORD
        self._map(address, size)
        self.uc.mem_write(address, (value & ((1 << 8 * size) - 1)).to_bytes(size, "little"))
        self.chosen.update(range(address, address + size))

    def _spans(self) -> list[tuple[int, int, bool, bool]]:
        """Addresses that may be accessed: start, end, readable, writable."""
        entry = self.scenario.entry
        spans = [
            (self.stack - _SLACK, self.stack + entry.stack_arguments_end, True, False),
            (self.stack - _SLACK, self.stack + entry.stack_writable_end, True, True),
        ]
        for region in entry.regions:
            base = self._value(region.base)
            low, high = (0, region.extent) if region.extent is not None else (-_SLACK, _SLACK)
            exists = base != 0 or not region.optional
            spans.append((base + low, base + high, region.readable and exists, region.writable and exists))
        segments = [self._value(name) for name in symbols.SEGMENT_BASES]
        spans.extend((base - _SLACK, base + _SLACK, True, entry.globals_writable) for base in segments)
        globals_ = entry.globals_writable
        sections = self.scenario.image.sections
        spans.extend((s.address, s.address + s.size, True, s.writable and globals_) for s in sections)
        return spans

    # -- memory ------------------------------------------------------------------------------------------------------

    def _map(self, address: int, size: int) -> bool:
        """Map the pages of an access, with the image's bytes where the image is."""
        for page in {address & -_PAGE & _WORD, (address + size - 1) & -_PAGE & _WORD}:
            if page in self.mapped:
                continue
            self.uc.mem_map(page, _PAGE)
            self.mapped.add(page)
            self._fill(page)
        return True

    def _fill(self, page: int) -> None:
        for section in self.scenario.image.sections:
            low, high = max(page, section.address), min(page + _PAGE, section.address + section.size)
            if low >= high:
                continue
            whole = self.scenario.image.read(low, high - low)
            if whole is not None:
                self.uc.mem_write(low, whole)
                continue
            for at in range(low, high):
                byte = self.scenario.image.read(at, 1)
                if byte is not None:
                    self.uc.mem_write(at, byte)

    def _allowed(self, address: int, size: int, write: bool) -> bool:
        return any(
            low <= address and address + size <= high and (writable if write else readable)
            for low, high, readable, writable in self.spans
        )

    def _on_read(self, _uc: object, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        address &= _WORD
        outside = not self._allowed(address, size, write=False)
        below = self.stack - _SLACK <= address < self.instruction_rsp
        if outside:
            self.accesses.append(Access(self.pc, False, f"reads {size} bytes at {address:#x}", ()))
        if below or not (
            address in self.chosen or any(low - _SLACK <= address < high + _SLACK for low, high, _, _ in self.spans)
        ):
            self.unknowns += 1
            who = symbols.BELOW_RSP if below else Origin.NOBODY.value
            chosen = self._value(f"{who}.{self.unknowns}")
            self._map(address, size)
            self.uc.mem_write(address, chosen.to_bytes(16, "little")[:size])

    def _interrupt(self) -> None:
        """What an interrupt at this instruction boundary leaves below RSP, counted as the symbolic memory counts."""
        rsp = self.read("rsp")
        if rsp > self.instruction_rsp or self.lowest_write < rsp:
            self.generation += 1
            for name, value in self.values.items():
                region, bracket, rest = name.partition("[")
                if bracket and region == f"{symbols.STACK}#{self.generation}":
                    start = self.stack + int(rest[:-1], 16)
                    lost = max(0, min(8, rsp - start))
                    self._map(start, 8)
                    self.uc.mem_write(start, value.to_bytes(8, "little")[:lost])
        self.lowest_write = _WORD

    def _on_write(self, _uc: object, _access: int, address: int, size: int, _value: int, _user: object) -> None:
        address &= _WORD
        self.writes += 1
        if self.stack - _SLACK <= address < self.stack:
            self.lowest_write = min(self.lowest_write, address)
        if not self._allowed(address, size, write=True):
            self.accesses.append(Access(self.pc, True, f"writes {size} bytes at {address:#x}", ()))

    # -- registers ---------------------------------------------------------------------------------------------------

    def read(self, register: str) -> int:
        """A GPR, or the low 128 bits of a vector register."""
        return int(self.uc.reg_read(_REGISTERS[register])) & ((1 << (128 if register in XMMS else 64)) - 1)

    def write(self, register: str, value: int) -> None:
        """Assign a register."""
        self.uc.reg_write(_REGISTERS[register], value)

    def _all(self) -> dict[str, z3.BitVecRef]:
        return {r: z3.BitVecVal(self.read(r), 128 if r in XMMS else 64) for r in (*GPRS, *XMMS)}

    # -- execution -----------------------------------------------------------------------------------------------------

    def run(self) -> Path:
        """Follow the code to its end, or to the end of the path that the solver reasoned about; only once.

        Raises:
            ReplayError: the emulator stops with an error of its own.
        """
        try:
            return self._follow()
        finally:
            # Each has a GiB of addresses, and hooks hold it in cycles (ctypes.cast makes them) that only the collector
            # finds. It is young: to look among young objects is enough, and cheap.
            del self.uc
            gc.collect(1)

    def _follow(self) -> Path:
        endless = self.like.end.kind in {EndKind.CUT, EndKind.COVERED, EndKind.LOOPS}
        seen: set[tuple[int, ...]] = set()
        for _ in range(len(self.like.trace) if endless else _STEPS):
            end = self._step()
            self.pc = self.detours.rejoin(self.pc)
            self.visits[self.pc] += 1
            self._interrupt()
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
        registers = (self.read(register) for register in (*GPRS, *XMMS))
        eflags = int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS))
        return (self.pc, *registers, eflags, len(self.calls), self.writes, self.unknowns)

    def _stand(self) -> None:
        """Go to what stands at this place when the kernel has rewritten its code."""
        rewrites = self.scenario.image.rewrites
        place = rewrites.places.get(self.pc)
        covering = self.scenario.image.symbol_at(self.pc)
        while place is not None and (covering is None or covering[0].name not in RETURN_THUNKS):
            target = place.chosen(self.values)
            if target is None:
                return
            self.detours.enter(rewrites, self.pc, target)
            self.pc = target
            place = rewrites.places.get(target)

    def _step(self) -> End | None:
        self._stand()
        self.steps += 1
        code = next((c for n in range(15, 0, -1) if (c := self.scenario.image.read(self.pc, n)) is not None), None)
        if code is None:
            return End(EndKind.DIVERTED, self.pc, "outside the image")
        try:
            decoded = decode(code)
        except UnsupportedInstructionError as error:
            raise ReplayError(str(error)) from None
        self.instruction_rsp = self.read("rsp")
        at = self.pc
        if decoded.mnemonic != "seamcall" and at in self.scenario.image.fixups and self._faults():
            return None
        if decoded.mnemonic in TDX_ENCODINGS:
            return self._tdx(decoded.mnemonic)
        if decoded.mnemonic in TRAPS:
            if not self.scenario.image.bugs.get(at):
                return End(EndKind.PANICKED, at, decoded.mnemonic)
            self.pc += decoded.size
        elif decoded.mnemonic in FOREIGN_CALLS:
            return End(EndKind.PANICKED, at, decoded.mnemonic)
        elif decoded.reports:
            for register in decoded.reports:
                self.write(register, self._value(symbols.reported(decoded.mnemonic, self.steps, register)))
            self.pc += decoded.size
        elif decoded.mnemonic in FLAG_WRITES:
            flag, value = FLAG_WRITES[decoded.mnemonic]
            eflags = int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS)) & ~_FLAG_BITS[flag]
            self.uc.reg_write(ux.UC_X86_REG_EFLAGS, eflags | _FLAG_BITS[flag] * value)
            self.pc += decoded.size
        elif decoded.mnemonic == "hlt":
            self.pc += decoded.size
        else:
            self._emulate(decoded.size)
            return self._arrive(at, decoded.mnemonic, decoded.operands)
        return None

    def _faults(self) -> bool:
        """Does the instruction fault, and continue at its fix-up?"""
        fixup = self.scenario.image.fixups[self.pc]
        number = symbols.system(f"fault_{self.pc:#x}_{self.visits[self.pc]}")
        if not self._value(number):
            return False
        repaired = faults.repaired(fixup, self._value(f"{number}_vector"))
        if repaired is not None:
            self.write(*repaired)
        self.pc = fixup.target
        return True

    def _emulate(self, size: int) -> None:
        self._map(self.pc, size)
        try:
            self.uc.emu_start(self.pc, 0, count=1)
        except unicorn.UcError as error:
            raise ReplayError(f"the emulator stops at {self.scenario.image.locate(self.pc)}: {error}") from None
        self.pc = int(self.uc.reg_read(ux.UC_X86_REG_RIP)) & _WORD

    def _arrive(self, source: int, mnemonic: str, operands: str) -> End | None:
        """Did the instruction leave the function?"""
        name = mnemonic.rsplit(maxsplit=1)[-1]
        if name == "ret" or (name in {"jmp", "call"} and not operands.startswith("0x")):
            return self._indirect(source, name)
        if name in {"call", "jmp"} or name.startswith("j"):
            return self._named(source, name)
        return None

    def _indirect(self, source: int, name: str) -> End | None:
        if name == "call" and self.scenario.image.calls_paravirt(source):
            return self._apply(source, self.scenario.surroundings.replaceable(paravirtual(self.scenario.image, source)))
        self.transfers.append(Transfer(source, z3.BitVecVal(self.pc, 64), ()))
        self.pc = self.detours.rejoin(self.pc)
        if self.scenario.image.section_at(self.pc) is not None and self.pc != self._value(symbols.RETURN_ADDRESS):
            return None
        if name == "ret" or self.pc == self._value(symbols.RETURN_ADDRESS):
            return End(EndKind.RETURNED, source, "")
        return End(EndKind.DIVERTED, source, f"to {self.pc:#x}")

    def _named(self, source: int, name: str) -> End | None:
        effect = effect_of(self.scenario.image, self.scenario.surroundings, source, self.pc, name == "call")
        if effect is None or effect.kind == "follow":
            return None
        if effect.kind == "library" and self.like.trace[self.steps : self.steps + 1] == (self.pc,):
            return None  # the proof has followed its code
        return self._apply(source, effect)

    def _apply(self, source: int, effect: Effect) -> End | None:
        """Do what a place outside the proof does, as the solver says."""
        if effect.kind == "noreturn":
            return End(EndKind.PANICKED, source, f"{effect.name} does not return")
        if effect.kind == "cut":
            raise ReplayError(f"the run depends on {effect.name}, which is outside the image")
        if effect.kind == "jump":
            self.pc = self.read(effect.register)
            return self._indirect(source, "jmp")
        target = self.read(effect.arguments[0]) if effect.arguments else 0
        if effect.kind == "library":
            effect = self._move_memory(effect)
        if effect.kind == "havoc":
            self._havoc_memory(effect)
        if effect.kind in {"havoc", "volatile"}:
            self._havoc_registers(effect)
        if effect.returns_target:
            self.write(effect.results[0], target)
        rsp = self.read("rsp")
        self.pc = int.from_bytes(self.uc.mem_read(rsp, 8), "little")
        self.write("rsp", rsp + 8)
        return self._indirect(source, "ret")

    def _havoc_registers(self, effect: Effect) -> None:
        for register in effect.volatile:
            kept = self._value(symbols.kept(effect.name, self.steps, register))
            if register in effect.results or not kept:
                self.write(register, self._value(symbols.outside(effect.name, self.steps, register)))
        flags = int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS)) & ~_ARITHMETIC
        left = self._value(symbols.outside(effect.name, self.steps, "flags")) & _ARITHMETIC
        self.uc.reg_write(ux.UC_X86_REG_EFLAGS, flags | left)

    def _move_memory(self, effect: Effect) -> Effect:
        """What tdxprove.outside does, on numbers."""
        arguments = [self.read(register) for register in effect.arguments]
        pieces = library.pieces(effect.name, arguments)
        if pieces is None:
            return replace(effect, kind="havoc")
        contents = []
        for piece in pieces:
            if piece.source is not None:
                self._map(arguments[piece.source], piece.size)
                contents.append(bytes(self.uc.mem_read(arguments[piece.source], piece.size)))
            else:
                contents.append(bytes([arguments[piece.byte or 0] & 0xFF]) * piece.size)
        for piece, content in zip(pieces, contents, strict=True):
            self._map(arguments[0] + piece.offset, piece.size)
            self.uc.mem_write(arguments[0] + piece.offset, content)
        return replace(effect, kind="volatile", returns_target=library.returns_target(effect.name))

    def _havoc_memory(self, effect: Effect) -> None:
        """Memory that the solver chose anew: the words of the next generation of each region, and of the frame."""
        self.forgotten += 1
        suffix = f"#{self.forgotten}"
        author = effect.author(self.steps)
        for name, value in self.values.items():
            region, bracket, rest = name.partition("[")
            if bracket and region.endswith(suffix):
                self._initial_word(f"{region.removesuffix(suffix)}[{rest}", value)
            elif bracket and region.partition(".")[2] == author:
                self._poke(self.stack + int(rest[:-1], 16), value)

    # -- TDX instructions ----------------------------------------------------------------------------------------------

    def _tdx(self, instruction: str) -> End | None:
        ordinal = len(self.calls)
        before = self._all()
        if ordinal == self.until:
            self.calls.append(Call(ordinal, self.pc, instruction, Outcome.REFUSED, before, before, ()))
            return End(EndKind.CUT, self.pc, "the obligation speaks of this call")
        planned = [call for call in self.like.calls if call.ordinal == ordinal]
        outcome = planned[0].outcome if planned else Outcome.REFUSED
        at, following = self.pc, self.pc + 4
        if outcome is Outcome.REFUSED:
            self.write("rax", self._value(answer(Origin.MODULE, ordinal, "rax")))
        elif outcome is Outcome.COMPLETED:
            self._complete(instruction, ordinal)
        if instruction == "seamcall":
            end = self._host_side(outcome, ordinal, at, before)
            if isinstance(end, End):
                return end
            if end is not None:
                self.pc = end
                return None
        after = {**self._all(), "trap": z3.BitVecVal(0, 64)}
        self.calls.append(Call(ordinal, at, instruction, outcome, before, after, ()))
        self.pc = following
        return None

    def _complete(self, instruction: str, ordinal: int) -> None:
        rax, rcx = self.read("rax"), self.read("rcx")
        if instruction == "tdcall" and rax == VMCALL:
            for register in (*GPRS, *XMMS):
                if rcx >> mask_bit(register) & 1:
                    self.write(register, self._value(answer(Origin.VMM, ordinal, register)))
            return
        named = [leaf for leaf in self.scenario.leaves[instruction] if rax in encodings(leaf)]
        if not named:
            raise ReplayError(f"rax = {rax:#x} names no leaf of {instruction}")
        for register in GPRS:
            if register in named[0].modified:
                module = self._value(answer(Origin.MODULE, ordinal, register))
                self.write(register, self.values.get(answer(Origin.VMM, ordinal, register), module))

    def _host_side(self, outcome: Outcome, ordinal: int, at: int, before: dict[str, z3.BitVecRef]) -> End | int | None:
        """Flags after SEAMCALL, or where a fault continues."""
        if outcome is Outcome.FAULT:
            fixup = self.scenario.image.fixups.get(at)
            trap = self._value(answer(Origin.MODULE, ordinal, "trap"))
            if fixup is not None and fixup.kind == _EX_TYPE_FAULT:
                self.write("rax", trap)
            after = {**self._all(), "trap": z3.BitVecVal(trap, 64)}
            self.calls.append(Call(ordinal, at, "seamcall", outcome, before, after, ()))
            if fixup is None:
                return End(EndKind.PANICKED, at, "no exception-table entry")
            return fixup.target
        others = 0 if outcome is Outcome.VMFAIL else self._value(answer(Origin.MODULE, ordinal, "flags"))
        flags = int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS)) & ~_ARITHMETIC | others & (_ARITHMETIC - _CF)
        self.uc.reg_write(ux.UC_X86_REG_EFLAGS, flags | (_CF if outcome is Outcome.VMFAIL else 0))
        if outcome is not Outcome.VMFAIL:
            for xmm in XMMS:
                self.write(xmm, self._value(answer(Origin.MODULE, ordinal, xmm)))
        return None

    # -- the result ----------------------------------------------------------------------------------------------------

    def _path(self, end: End) -> Path:
        registers = self._all()
        eflags = int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS))
        registers |= {flag: z3.BitVecVal(1 if eflags & _FLAG_BITS[flag] else 0, 1) for flag in FLAGS}
        registers["return_target"] = z3.BitVecVal(self.pc, 64)
        memory = {}
        if end.kind is EndKind.RETURNED:
            for place in self.scenario.watch:
                address = self._value(symbols.argument(place.region)) + place.offset
                self._map(address, place.size)
                content = int.from_bytes(self.uc.mem_read(address, place.size), "little")
                memory[place] = z3.BitVecVal(content, 8 * place.size)
        return Path((), tuple(self.calls), tuple(self.accesses), tuple(self.transfers), end, registers, memory)
