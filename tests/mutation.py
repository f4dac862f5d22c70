"""Mutants of the correct seed wrappers: one small change each, and the obligations of which one must notice it.

`python -m tests.mutation` lists them, `python -m tests.mutation --report` proves them and prints what became of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml

ROOT = Path(__file__).parents[1]
SEED = ROOT / "wrappers" / "seed"
KNOWN = Path(__file__).with_name("mutants_equivalent.yaml")

T = TypeVar("T")
Patterns = tuple[str, ...]
Key = tuple[str, str, str, str, str]

STACK: Patterns = ("preserves/*", "stack/return-address", "memory/*")
"""A push too few or too many, or a slot with another value in it."""

MASK: Patterns = ("mask/*",)
FAILURE: Patterns = ("failure/*",)
MEMORY: Patterns = ("memory/*",)
LEAF: Patterns = ("leaf",)
RESULT: Patterns = ("returns/*",)
NO_CALL: Patterns = ("failure/*", "yields/*", "returns/*")

_LONG = 40
"""Lines from which on a wrapper gets one shift and one other source for each operand, by turns, instead of two."""

_STEPS = 2_000
"""Instructions on one path after which a proof is given up: far more than any wrapper has, for mutants that loop."""

_GPRS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
_RESERVED_BITS = frozenset({0, 1, 4, 5, *range(32, 64)})


@dataclass(frozen=True)
class Mutant:
    """One changed wrapper.

    `line` counts in the wrapper's source file, `label` is the nearest one (or the TDX call) above it, `original` and
    `becomes` are what is there and what the mutant has in its place (lines joined by "; "), `text` is the whole
    assembly, `expected` are patterns of obligation ids: at least one that matches must be refuted.
    """

    wrapper: str
    operator: str
    line: int
    label: str
    original: str
    becomes: str
    text: str
    expected: Patterns

    @property
    def key(self) -> Key:
        """What names the mutant in the list of known ones: no line number, since that moves."""
        return self.wrapper, self.operator, self.label, self.original, self.becomes

    def __str__(self) -> str:
        return f"{self.wrapper}:{self.line} {self.operator}: {self.original!r} -> {self.becomes!r}"


@dataclass(frozen=True)
class Line:
    """An assembly line: where it is in the source, and its text with one space between mnemonic and operands."""

    number: int
    text: str

    @cached_property
    def mnemonic(self) -> str:
        """What the line begins with: an instruction, a macro, or a label with its colon."""
        return self.text.split(" ")[0]

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """Operands in the order of the AT&T syntax: the destination is the last."""
        _, _, rest = self.text.partition(" ")
        return tuple(part.strip() for part in re.split(r",(?![^(]*\))", rest)) if rest else ()

    @property
    def is_move(self) -> bool:
        """A move, of whatever width, between registers, memory and constants."""
        return self.mnemonic in {"movq", "movl", "movabsq"}

    @property
    def source(self) -> str:
        """The first operand."""
        return self.operands[0]

    @property
    def target(self) -> str:
        """The last operand."""
        return self.operands[-1]

    def replaced(self, index: int, operand: str) -> str:
        """The line with another operand at that place."""
        operands = [*self.operands]
        operands[index] = operand
        return f"{self.mnemonic} {', '.join(operands)}"

    def reads(self, register: str) -> bool:
        """Does the instruction depend on the register (a push, a base, a source)?"""
        if self.mnemonic == "popq":
            return False
        operands = self.operands[:-1] if self.is_move and is_register(self.target) else self.operands
        return any(full_name(name) == register for part in operands for name in re.findall(r"%(\w+)", part))

    @property
    def written(self) -> str | None:
        """The register that a move or a pop loads."""
        if (self.is_move or self.mnemonic == "popq") and is_register(self.target):
            return full_name(self.target)
        return None


def is_register(operand: str) -> bool:
    """Is the operand a register, and neither a constant nor memory?"""
    return operand.startswith("%")


def is_memory(operand: str) -> bool:
    """Is the operand memory, addressed by a base register?"""
    return operand.endswith(")") and not operand.startswith("$")


def full_name(register: str) -> str:
    """The 64-bit register of a 32- or 64-bit one, without the percent sign."""
    name = register.removeprefix("%")
    if name.startswith("e"):
        return "r" + name[1:]
    return name.removesuffix("d") if name[1:2].isdigit() else name


def half(operand: str) -> str:
    """The operand of a 32-bit instruction that goes with that of a 64-bit one."""
    if operand.startswith("$"):
        return f"${constant(operand) & 0xFFFF_FFFF:#x}"
    if not is_register(operand):
        return operand
    name = full_name(operand)
    return f"%{name}d" if name[1:].isdigit() else f"%e{name[1:]}"


def constant(operand: str) -> int:
    """The value of a constant: a number, or several or-ed in parentheses."""
    value = 0
    for term in operand.removeprefix("$").strip("()").split("|"):
        value |= int(term.strip(), 0)
    return value


# -- sources -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrapper:
    """One wrapper, preprocessed: the lines of its function, and what stands before and behind them in the file."""

    name: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    tail: tuple[str, ...]

    @cached_property
    def call(self) -> int:
        """Index of the line that makes the TDX call."""
        return next(
            i
            for i, line in enumerate(self.lines)
            if line.mnemonic in {"tdcall", "seamcall"} or line.text == "call __tdcall_saved_ret"
        )

    @cached_property
    def calls_wrapper(self) -> bool:
        """Is the TDX call made by another wrapper?"""
        return self.lines[self.call].mnemonic == "call"

    def thinned(self, choices: Sequence[T], index: int) -> Sequence[T]:
        """All choices in a short wrapper, by turns one of them in a long one, where its proofs are slow."""
        return choices if len(self.lines) < _LONG else (choices[index % len(choices)],)

    def where(self, mnemonic: str) -> Iterator[int]:
        """Indices of the lines with that mnemonic."""
        return (i for i, line in enumerate(self.lines) if line.mnemonic == mnemonic)

    def mutant(self, operator: str, edits: Mapping[int, Sequence[str]], expected: Patterns) -> Mutant:
        """The wrapper with some lines replaced by others."""
        first = min(edits)
        texts = [text for i, line in enumerate(self.lines) for text in edits.get(i, (line.text,))]
        return Mutant(
            self.name,
            operator,
            self.lines[first].number,
            self.label(first),
            "; ".join(self.lines[i].text for i in sorted(edits)),
            "; ".join(text for i in sorted(edits) for text in edits[i]),
            "\n".join([*self.head, *texts, *self.tail, ""]),
            expected,
        )

    def label(self, index: int) -> str:
        """The nearest label, or the TDX call, above a line of the function; "" if there is none."""
        for i in range(index - 1, -1, -1):
            if i == self.call or self.lines[i].text.endswith(":"):
                return self.lines[i].text.removesuffix(":")
        return ""

    def harm(self, index: int) -> Patterns:
        """Which obligations speak of what a line does: one of them fails without it."""
        line = self.lines[index]
        match line.mnemonic:
            case "pushq" | "popq" | "addq":
                return STACK
            case "xorl":
                return self.fed(full_name(line.target)) if index < self.call else (f"scrubs/{full_name(line.target)}",)
            case _ if not line.is_move:
                return FAILURE
            case _ if is_memory(line.target):
                return MASK if index < self.call else (f"yields/{self.answered(index)}",)
            case "movabsq":
                return FAILURE
            case _ if index < self.call:
                return self.fed(full_name(line.target))
            case _:
                return RESULT if line.target == "%rax" else MEMORY

    def fed(self, register: str) -> Patterns:
        """Which obligations speak of a register at the call."""
        if self.calls_wrapper:
            return {"rdi": LEAF, "rsi": MEMORY}[register]
        if register == "rax":
            return LEAF
        return f"passes/{register}", f"confines/{register}", *(MASK if register == "rcx" else ())

    def answered(self, index: int) -> str:
        """The register of the answer that a store behind the call writes, which may have moved by push and pop."""
        register = full_name(self.lines[index].source)
        for line in reversed(self.lines[self.call + 1 : index]):
            if line.text == f"popq %{register}":
                pushed = [li for li in self.lines[self.call + 1 : index] if li.mnemonic == "pushq"]
                return full_name(pushed[-1].target) if pushed else register
        return register


def wrappers() -> tuple[Wrapper, ...]:
    """Every correct seed wrapper."""
    return tuple(read_wrapper(path) for path in sorted(SEED.glob("*.S")))


def read_wrapper(path: Path) -> Wrapper:
    """Preprocess a source and cut it at the wrapper's function; macros of the assembler that it uses are expanded."""
    done = subprocess.run(["gcc", "-E", path], check=True, capture_output=True, text=True)
    head: list[str] = []
    lines: list[Line] = []
    tail: list[str] = []
    rest, current, number, inside = head, "", 0, False
    for raw in done.stdout.splitlines():
        marker = re.match(r'# (\d+) "(.*?)"', raw)
        if marker:
            number, current = int(marker[1]) - 1, marker[2]
            continue
        number += 1
        text = " ".join(raw.split())
        if text == f"FUNC_END {path.stem}":
            rest, inside = tail, False
        if inside and current == str(path):
            lines.extend(Line(number, one) for one in _expanded(text) if one)
        elif text:
            rest.append(text)
        inside = inside or text == f"FUNC_START {path.stem}"
    return Wrapper(path.stem, tuple(head), tuple(lines), tuple(tail))


def _expanded(text: str) -> Iterator[str]:
    if not text.startswith("zero "):
        yield text
        return
    for register in text.removeprefix("zero ").split(","):
        yield f"xorl %{register.strip()}, %{register.strip()}"


# -- operators: stack --------------------------------------------------------------------------------------------------


def _saves(wrapper: Wrapper) -> Iterator[Mutant]:
    """A save or a restore dropped, both of a pair dropped, neighbours swapped."""
    for i, line in enumerate(wrapper.lines):
        if line.mnemonic in {"pushq", "popq"}:
            save = line.mnemonic == "pushq"
            yield wrapper.mutant("drop-save" if save else "drop-restore", {i: ()}, STACK)
            if wrapper.lines[i + 1].mnemonic == line.mnemonic:
                other = wrapper.lines[i + 1].text
                operator = "swap-saves" if save else "swap-restores"
                yield wrapper.mutant(operator, {i: (other,), i + 1: (line.text,)}, STACK)
    for i in wrapper.where("pushq"):
        register = wrapper.lines[i].target
        for j in wrapper.where("popq"):
            if i < wrapper.call < j and wrapper.lines[j].target == register:
                expected = MEMORY if wrapper.calls_wrapper else (f"preserves/{full_name(register)}",)
                yield wrapper.mutant("drop-save-and-restore", {i: (), j: ()}, expected)
    for i in wrapper.where("addq"):
        yield wrapper.mutant("drop-stack-adjust", {i: ()}, STACK)
        yield wrapper.mutant("change-stack-adjust", {i: (wrapper.lines[i].replaced(0, "$16"),)}, STACK)


def _early(wrapper: Wrapper) -> Iterator[Mutant]:
    """A register loaded before the last use of its old content: that line is moved in front of the use."""
    for i, line in enumerate(wrapper.lines):
        if line.written is None:
            continue
        for j in range(i - 1, -1, -1):
            before = wrapper.lines[j]
            if before.mnemonic.endswith(":") or before.mnemonic[0] == "j" or j == wrapper.call:
                break
            if before.reads(line.written) and before.mnemonic != "testq":
                expected = (*wrapper.harm(j), *(MEMORY if is_memory(before.target) else ()))
                yield wrapper.mutant("overwrite-early", {j: (line.text, before.text), i: ()}, expected)
                break


# -- operators: mask and constants -------------------------------------------------------------------------------------


def _mask_line(wrapper: Wrapper) -> int | None:
    found = (i for i, line in enumerate(wrapper.lines) if "|" in line.text and line.source.startswith("$("))
    return next(found, None)


def _masks(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each bit of the mask flipped: a term of its expression dropped, or one more."""
    index = _mask_line(wrapper)
    if index is None:
        return
    line = wrapper.lines[index]
    terms = [term.strip() for term in line.source[2:-1].split("|")]
    for bit in range(33):
        kept = [term for term in terms if int(term, 0) != 1 << bit]
        wanted = "mask/required"
        if len(kept) == len(terms):
            kept.append(f"{1 << bit:#x}")
            wanted = "mask/reserved" if bit in _RESERVED_BITS else "mask/permitted"
        yield wrapper.mutant("flip-mask-bit", {index: _with_mask(line, kept)}, (wanted,))


def _with_mask(line: Line, terms: list[str]) -> list[str]:
    """The line with another mask; what does not fit the instruction's constant takes the longer way."""
    mask = f"$({' | '.join(terms)})"
    if constant(mask) < 1 << 31 or (line.mnemonic == "movl" and constant(mask) < 1 << 32):
        return [line.replaced(0, mask)]
    if is_memory(line.target):
        return [f"movabsq {mask}, %rax", f"movq %rax, {line.target}"]
    return [f"movabsq {mask}, %{full_name(line.target)}"]


def _constants(wrapper: Wrapper) -> Iterator[Mutant]:
    """Another leaf, sub-function, direction or completion code."""
    for i, line in enumerate(wrapper.lines):
        if not (line.is_move and line.source.startswith("$")) or i == _mask_line(wrapper):
            continue
        register, value = full_name(line.target), constant(line.source)
        leaf = register == ("rdi" if wrapper.calls_wrapper else "rax") and i < wrapper.call
        operator = "change-leaf" if leaf else "change-subfunction" if register == "r11" else "change-constant"
        others = [1, 3, 25, 1 << 16] if leaf else [value ^ 1, value ^ 0x1_0000]
        if line.mnemonic == "movabsq":
            others = [value ^ 1 << 16, value ^ 1 << 63]
        for other in others:
            yield wrapper.mutant(operator, {i: (line.replaced(0, f"${other:#x}"),)}, wrapper.harm(i))


# -- operators: inputs, outputs and scrubs -----------------------------------------------------------------------------


def _moves(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each move and each zeroing dropped."""
    for i, line in enumerate(wrapper.lines):
        if line.mnemonic == "xorl":
            yield wrapper.mutant("drop-zero" if i < wrapper.call else "drop-scrub", {i: ()}, wrapper.harm(i))
        elif line.is_move:
            operator = "drop-input" if i < wrapper.call else "drop-output" if is_memory(line.target) else "drop-result"
            yield wrapper.mutant(operator, {i: ()}, wrapper.harm(i))


def _sources(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each move from another register: one that the caller passed or the VMM chose, and a secret or unrelated one."""
    for i, line in enumerate(wrapper.lines):
        if not line.is_move or line.source.startswith("$"):
            continue
        operator = "redirect-input-source" if i < wrapper.call else "redirect-output-source"
        source = line.source if is_register(line.source) else re.findall(r"%\w+", line.source)[0]
        public = {"%rdi": "%rsi", "%rsi": "%rdi", "%r11": "%r12", "%r10": "%r11"}.get(source, "%rdi")
        expected = wrapper.harm(i) + (MEMORY if is_memory(line.source) else ())
        secret = "%rsp" if is_memory(line.source) and source != "%rsp" else "%rbp"
        for other in wrapper.thinned((public, secret), i):
            if other not in (source, line.target):
                changed = line.replaced(0, line.source.replace(source, other))
                yield wrapper.mutant(operator, {i: (changed,)}, expected)
        if line.source == "%r10" and line.target == "%rax":
            yield wrapper.mutant("swap-result", {i: ("movq %rax, %r10",)}, RESULT)


def _targets(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each move to another register, or through another pointer."""
    for i, line in enumerate(wrapper.lines):
        if not line.is_move:
            continue
        operator = "redirect-input-target" if i < wrapper.call else "redirect-output-target"
        if is_memory(line.target):
            changed = line.target.replace("%rdi", "%rsp").replace("%rsi", "%rsp").replace("%rdx", "%rsp")
            expected = (*wrapper.harm(i), *STACK)
        else:
            name = full_name(line.target)
            other = _GPRS[(_GPRS.index(name) + 1) % len(_GPRS)].replace("rsp", "rbp")
            changed = half(f"%{other}") if line.mnemonic == "movl" else f"%{other}"
            expected = wrapper.harm(i)
        if changed != line.target:
            yield wrapper.mutant(operator, {i: (line.replaced(1, changed),)}, expected)


def _offsets(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each memory offset shifted by one word up and down."""
    for i, line in enumerate(wrapper.lines):
        for at, operand in enumerate(line.operands):
            found = re.match(r"(-?\d*)\((%\w+)\)$", operand)
            for shift in wrapper.thinned((8, -8), i) if found else ():
                assert found is not None
                changed = f"{int(found[1] or 0) + shift}({found[2]})"
                yield wrapper.mutant("shift-offset", {i: (line.replaced(at, changed),)}, wrapper.harm(i) + MEMORY)


def _narrowed(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each 64-bit move, store, test or operation with 32 bits only."""
    operators = {"testq": "narrow-test", "orq": "narrow-operation", "addq": "narrow-operation"}
    for i, line in enumerate(wrapper.lines):
        if line.mnemonic not in {"movq", "movabsq", *operators}:
            continue
        store = is_memory(line.target) and line.is_move
        operator = operators.get(line.mnemonic, "narrow-store" if store else "narrow-move")
        text = f"{line.mnemonic.removesuffix('absq').removesuffix('q')}l {', '.join(map(half, line.operands))}"
        yield wrapper.mutant(operator, {i: (text,)}, (*wrapper.harm(i), *(MEMORY if line.source == "8(%rsp)" else ())))


# -- operators: checks and ends ----------------------------------------------------------------------------------------

_INVERSE = {"jnz": "jz", "jc": "jnc"}
_WEAKER = {"jnz": ("js", "jg"), "jc": ("jz", "js")}


def _checks(wrapper: Wrapper) -> Iterator[Mutant]:
    """Each check inverted, weakened, removed in whole or in part, or made of another register."""
    for i, line in enumerate(wrapper.lines):
        if line.mnemonic in _INVERSE:
            label = line.target
            yield wrapper.mutant("invert-jump", {i: (f"{_INVERSE[line.mnemonic]} {label}",)}, FAILURE)
            for weaker in _WEAKER[line.mnemonic]:
                yield wrapper.mutant("weaken-jump", {i: (f"{weaker} {label}",)}, FAILURE)
            yield wrapper.mutant("drop-jump", {i: ()}, FAILURE)
        elif line.mnemonic == "testq":
            yield wrapper.mutant("drop-test", {i: ()}, FAILURE)
            yield wrapper.mutant("drop-check", {i: (), i + 1: ()}, FAILURE)
            yield wrapper.mutant("narrow-test", {i: ("testb %al, %al",)}, FAILURE)
            yield wrapper.mutant("redirect-test", {i: ("testq %r10, %r10",)}, FAILURE)
        elif line.mnemonic == "orq":
            yield wrapper.mutant("drop-operation", {i: ()}, FAILURE)


def _ends(wrapper: Wrapper) -> Iterator[Mutant]:
    """Ends exchanged or dropped, so that control falls through; the call dropped or made twice."""
    for i, line in enumerate(wrapper.lines):
        match line.mnemonic:
            case "ud2":
                yield wrapper.mutant("trap-to-return", {i: ("ret",)}, FAILURE)
                yield wrapper.mutant("drop-trap", {i: ()}, FAILURE)
            case "ret":
                yield wrapper.mutant("drop-return", {i: ()}, FAILURE + RESULT + MEMORY)
                yield wrapper.mutant("return-to-trap", {i: ("ud2",)}, FAILURE)
            case "jmp":
                yield wrapper.mutant("drop-jump", {i: ()}, FAILURE)
            case "call" if i != wrapper.call:
                yield wrapper.mutant("drop-failure-call", {i: ()}, FAILURE)
            case "ex_table_fault":
                yield wrapper.mutant("drop-fixup", {i: ()}, FAILURE)
                other = line.target.replace("fault", "vmfailinvalid")
                yield wrapper.mutant("redirect-fixup", {i: (line.replaced(1, other),)}, FAILURE)
    text = wrapper.lines[wrapper.call].text
    yield wrapper.mutant("drop-call", {wrapper.call: (), **dict.fromkeys(wrapper.where("ex_table_fault"), ())}, NO_CALL)
    yield wrapper.mutant("repeat-call", {wrapper.call: (text, text)}, LEAF)


def _additions(wrapper: Wrapper) -> Iterator[Mutant]:
    """Flags and registers of the caller changed on the way in and on the way out."""
    added = {"std": "df", "cli": "if", "stac": "ac", "notq %rbp": "rbp", "popq %rcx": "rsp"}
    places = {0: "at-entry", wrapper.call + 1: "behind-call"}
    returns = [*wrapper.where("ret")]
    if returns:
        places[returns[0]] = "at-return"
    for number, (text, register) in enumerate(added.items()):
        at = [*places][number % len(places)]
        expected = (f"preserves/{register}", *(STACK if register == "rsp" else ()))
        yield wrapper.mutant(f"add-{places[at]}", {at: (text, wrapper.lines[at].text)}, expected)


OPERATORS: tuple[Callable[[Wrapper], Iterator[Mutant]], ...] = (
    _saves,
    _early,
    _masks,
    _constants,
    _moves,
    _sources,
    _targets,
    _offsets,
    _narrowed,
    _checks,
    _ends,
    _additions,
)


def mutants(wrapper: Wrapper) -> list[Mutant]:
    """Every mutant of a wrapper, none twice.

    Raises:
        ValueError: two mutants could not be told apart in the list of known ones.
    """
    found: dict[str, Mutant] = {}
    for operator in OPERATORS:
        for mutant in operator(wrapper):
            found.setdefault(mutant.text, mutant)
    keys = Counter(mutant.key for mutant in found.values())
    if keys.most_common(1)[0][1] > 1:
        raise ValueError(f"two mutants have the key {keys.most_common(1)[0][0]}")
    return list(found.values())


# -- what becomes of them ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fate:
    """What the proof says of a mutant: the joined status, the ids that were refuted, and messages of the undecided."""

    mutant: Mutant
    status: str
    refuted: Patterns
    undecided: Mapping[str, str]

    @property
    def noticed(self) -> bool:
        """Is one of the expected obligations refuted?"""
        return any(fnmatchcase(found, wanted) for found in self.refuted for wanted in self.mutant.expected)

    @property
    def kind(self) -> str:
        """One of killed, equivalent and undecided."""
        return {"refuted": "killed", "proved": "equivalent"}.get(self.status, "undecided")

    @property
    def doubts(self) -> tuple[str, ...]:
        """Refutations that the emulator did not confirm: a defect of model or replay, whatever else is refuted."""
        return tuple(f"{one} {message}" for one, message in self.undecided.items() if "does not replay" in message)


def assemble(mutant: Mutant, output: Path) -> Path:
    """Make an object file of a mutant.

    Raises:
        ValueError: it is not an assembly program, which is a mistake of its operator.
    """
    command = ["as", "--64", "-o", str(output), "-"]
    done = subprocess.run(command, input=mutant.text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"{mutant} does not assemble: {done.stderr}")
    return output


def judge(found: Sequence[Mutant], folder: Path) -> list[Fate]:
    """Prove mutants of one wrapper, one file each, in one run."""
    from tdxprove.check import prove
    from tdxprove.selection import Options
    from tdxprove.verdict import Status, Verdict, join

    files = [assemble(mutant, folder / f"{number:04}.o") for number, mutant in enumerate(found)]
    symbols = tuple({mutant.wrapper for mutant in found})
    report = prove(files, Options(contracts=("seed",), symbols=symbols, steps=_STEPS))
    by_file: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in report.verdicts:
        by_file[Path(verdict.file).name].append(verdict)
    fates = []
    for file, mutant in zip(files, found, strict=True):
        verdicts = by_file[file.name]
        refuted = tuple(v.obligation for v in verdicts if v.status is Status.REFUTED and v.replayed)
        undecided = {
            v.obligation: f"{v.status}: {v.message}"
            for v in verdicts
            if v.status not in (Status.PROVED, Status.REFUTED) and not v.implied
        }
        fates.append(Fate(mutant, str(join(v.status for v in verdicts)), refuted, undecided))
    return fates


def known() -> dict[str, dict[Key, str]]:
    """Section (`equivalent`, `undecided`, `unreplayed`) to mutant to reason.

    Raises:
        ValueError: a mutant is listed twice, or without a reason.
    """
    sections: dict[str, dict[Key, str]] = {}
    for section, entries in yaml.safe_load(KNOWN.read_text()).items():
        sections[section] = {}
        for entry in entries or ():
            key = (entry["wrapper"], entry["operator"], entry.get("behind", ""), entry["line"], entry["becomes"])
            if key in sections[section] or not entry["reason"].strip():
                raise ValueError(f"{KNOWN.name}: {key} is listed twice or without a reason")
            sections[section][key] = entry["reason"]
    return sections


def table(fates: Iterable[tuple[str, str]]) -> str:
    """Counts by name (of an operator or a wrapper) and kind, with a line of totals."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, kind in fates:
        for row in (name, "total"):
            counts[row][kind] += 1
    kinds = ("killed", "equivalent", "undecided")
    lines = [f"{'':30}{'mutants':>12}" + "".join(f"{kind:>12}" for kind in kinds)]
    for name in sorted(counts, key=lambda one: (one == "total", one)):
        of = counts[name]
        lines.append(f"{name:30}{of.total():12}" + "".join(f"{of[kind]:12}" for kind in kinds))
    return "\n".join(lines)


def _report(chosen: Sequence[Wrapper]) -> None:
    fates: list[Fate] = []
    for wrapper in chosen:
        with tempfile.TemporaryDirectory() as folder:
            fates += judge(mutants(wrapper), Path(folder))
    print(table((fate.mutant.operator, fate.kind) for fate in fates))
    print()
    print(table((fate.mutant.wrapper, fate.kind) for fate in fates))
    for fate in fates:
        if fate.status == "refuted" and fate.noticed and not fate.doubts:
            continue
        print(f"\n{fate.mutant}\n  {fate.status}, refuted: {', '.join(fate.refuted) or 'nothing'}")
        if not fate.noticed:
            print(f"  expected: {', '.join(fate.mutant.expected)}")
        for identifier, message in fate.undecided.items():
            print(f"  {identifier} {message}")


def main() -> None:
    """Print the list of mutants, or prove them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="prove every mutant and print what became of it")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the assembly of every mutant to a directory")
    parser.add_argument("wrapper", nargs="*", help="names of wrappers (default: all)")
    options = parser.parse_args()
    chosen = [wrapper for wrapper in wrappers() if not options.wrapper or wrapper.name in options.wrapper]
    if options.report:
        _report(chosen)
        return
    for wrapper in chosen:
        for number, mutant in enumerate(mutants(wrapper)):
            print(f"{number:4} {mutant}")
            if options.write is not None:
                options.write.mkdir(parents=True, exist_ok=True)
                (options.write / f"{wrapper.name}-{number:04}.s").write_text(mutant.text)


if __name__ == "__main__":
    main()
