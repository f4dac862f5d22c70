"""Co-simulation: the proof engine and Unicorn execute the same instructions from the same random states.

A proof is worth what the engine's idea of an instruction is worth. Here every instruction that occurs in the bundled
wrappers and in the cases, and synthesised forms of everything that `instructions.MODELLED` admits, runs in both;
registers, flags that the manual defines, the next RIP and every byte of memory must be equal afterwards.

The first runs execute each encoding alone, and pairs that share flags; every other run draws one to six and executes
them one after the other.
Each instruction has an address of its own; the run goes on with the next one wherever the last one jumped to (that
address is compared too). Before an instruction that uses memory, its address registers are set, in both, to point into
mapped memory if they do not yet.

Usually all values are numbers. In one run out of ten the engine works on symbols, as it does in a proof, and the
terms that come out are evaluated at the very end, after their translation to Z3.

    python tests/cosimulation.py --runs 100000 --seed 1
"""

from __future__ import annotations

import argparse
import gc
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import capstone
import capstone.x86_const as cx
import unicorn
import unicorn.x86_const as ux
import z3
from angr.engines.vex.claripy import ccall

from tdxprove import flags as processor_flags
from tdxprove import symbols, vex
from tdxprove.address import UnresolvedAddressError
from tdxprove.angr_api import Ast, claripy
from tdxprove.entry import EntryState
from tdxprove.image import Image, load_images
from tdxprove.instructions import MODELLED, UnsupportedInstructionError, decode
from tdxprove.lift import lift
from tdxprove.registers import GPRS, XMMS
from tdxprove.translation import Translator

ROOT: Final = Path(__file__).parents[1]

# -- what the manual says of flags -----------------------------------------------------------------------------------

CF, PF, AF, ZF, SF, OF = 0x001, 0x004, 0x010, 0x040, 0x080, 0x800
IF, DF, AC = 0x200, 0x400, 0x40000
ARITHMETIC: Final = CF | PF | AF | ZF | SF | OF
POPPED: Final = ARITHMETIC | IF | DF | AC
"""What `popfq` is given: TF would trap, and of the rest (IOPL, NT, RF) the engine knows nothing."""

_CONDITIONS: Final = {
    **dict.fromkeys(("a", "be"), CF | ZF),
    **dict.fromkeys(("ae", "b"), CF),
    **dict.fromkeys(("e", "ne"), ZF),
    **dict.fromkeys(("g", "le"), ZF | SF | OF),
    **dict.fromkeys(("ge", "l"), SF | OF),
    **dict.fromkeys(("no", "o"), OF),
    **dict.fromkeys(("np", "p"), PF),
    **dict.fromkeys(("ns", "s"), SF),
}
"""Flags that a condition code reads (Intel SDM volume 1, appendix B)."""

_FIXED: Final = {
    **dict.fromkeys(("add", "sub", "adc", "sbb", "cmp", "neg"), (ARITHMETIC, 0)),
    **dict.fromkeys(("inc", "dec"), (ARITHMETIC & ~CF, 0)),
    **dict.fromkeys(("and", "or", "xor", "test"), (ARITHMETIC & ~AF, AF)),
    **dict.fromkeys(("bt", "bts", "btr", "btc"), (CF, OF | SF | AF | PF)),
    **dict.fromkeys(("bsf", "bsr"), (ZF, CF | OF | SF | AF | PF)),
    **dict.fromkeys(("mul", "imul"), (CF | OF, SF | ZF | AF | PF)),
    **dict.fromkeys(("clc", "stc", "cmc"), (CF, 0)),
    "popfq": (ARITHMETIC, 0),
    **dict.fromkeys(("cmpxchg", "xadd"), (ARITHMETIC, 0)),
    "tzcnt": (0, ARITHMETIC),
    **dict.fromkeys(("div", "idiv"), (0, ARITHMETIC)),
    **dict.fromkeys((f"{name}{size}" for name in ("cmps", "scas") for size in "bwdq"), (ARITHMETIC, 0)),
    "popcnt": (ARITHMETIC, 0),
    "sahf": (CF | PF | AF | ZF | SF, 0),
    **dict.fromkeys(("andn", "blsi", "blsr", "blsmsk", "bzhi"), (CF | ZF | SF | OF, AF | PF)),
}
"""Mnemonic to (flags that it defines, flags that it leaves undefined): Intel SDM volume 2, "Flags Affected" of each,
and volume 1, appendix A. Flags in neither keep their values, as all do in instructions that are not named."""

_SHIFTS: Final = frozenset({"shl", "sal", "shr", "sar"})
_ROTATES: Final = frozenset({"rol", "ror", "rcl", "rcr"})
_DOUBLE_SHIFTS: Final = frozenset({"shld", "shrd"})
_INHERITING: Final = frozenset({"inc", "dec", "adc", "sbb", "rol", "ror", "rcl", "rcr"})
"""VEX remembers of these instructions the flags before them, too; what follows must not lose those."""


def _shift_flags(name: str, count: int, width: int) -> tuple[int, int]:
    """As `_FIXED`, for a count that is masked already; one of 0 changes no flag."""
    if count == 0:
        return 0, 0
    overflow = 0 if count == 1 else OF
    if name in _ROTATES:
        return (CF | OF) & ~overflow, overflow
    if name in _DOUBLE_SHIFTS and count > width:
        return 0, ARITHMETIC
    carry = CF if name in {"shl", "sal", "shr"} and count >= width else 0
    undefined = AF | overflow | carry
    return ARITHMETIC & ~undefined, undefined


# -- instructions ----------------------------------------------------------------------------------------------------

CODE: Final = 0xFFFFFFFF90000000
SLOT: Final = 32
PAGE: Final = 0x1000
AREAS: Final = {
    "low": 0x10000000,
    "first": 0xFFFFFFFF91000000,
    "second": 0xFFFFFFFF91010000,
    "stack": 0xFFFFFFFF91020000,
}
"""Pages of memory; `low` is for 32-bit addresses."""

WINDOW: Final = range(0x700, 0x900)
"""The part of each page that instructions may use; the rest must stay as it is."""

BASES: Final = {
    "gs": AREAS["first"] + WINDOW.start + 0x40,
    "fs": AREAS["second"] + WINDOW.start + 0x60,
}
"""Segment bases. Those of the other segments are zero in 64-bit mode."""

_WORD: Final = (1 << 64) - 1

_ADDRESS_ONLY: Final = frozenset({"lea", "nop", "prefetcht0", "prefetcht1", "prefetcht2", "prefetchnta"})
_FAULTING: Final = frozenset({"movaps", "movapd", "movdqa"})
_ALIGNED: Final = _FAULTING | set(
    """pxor por pand pandn xorps xorpd orps andps andnps paddq paddd psubq psubd pcmpeqd pshufd shufps shufpd punpcklqdq
    punpckhqdq punpckldq punpckhdq unpcklps unpckhps unpcklpd unpckhpd paddb paddw psubb psubw pcmpeqb pcmpeqw pcmpeqq
    pcmpgtb pcmpgtw pcmpgtd pcmpgtq psllw pslld psllq psraw psrad psrlw psrld psrlq pmullw pmulld pmulhw pmulhuw pmuludq
    pmuldq pmaddwd pminub pminuw pminud pminsb pminsw pminsd pmaxub pmaxuw pmaxud pmaxsb pmaxsw pmaxsd pabsb pabsw pabsd
    packsswb packssdw packuswb packusdw punpcklbw punpckhbw punpcklwd punpckhwd pshuflw pshufhw pshufb palignr pblendw
    ptest movntdq movntps movntpd""".split()
)
"""#GP on a misaligned operand (Intel SDM volume 2, table 2-18 on). VEX raises it only for the first three: at a
misaligned operand of the others the engine goes on where the processor does not, so these get aligned operands."""

_STACK: Final = frozenset({"push", "pop", "pushfq", "popfq", "call", "ret"})
_LOW_NAMES: Final = {"sil": "rsi", "dil": "rdi", "spl": "rsp", "bpl": "rbp"}


def wide(register: str) -> str:
    """The 64-bit register that holds `register` (eax, ax, ah, al: rax; r8d: r8)."""
    if register in GPRS:
        return register
    if register in _LOW_NAMES:
        return _LOW_NAMES[register]
    if register[0] == "r" and register[1].isdigit():
        return register.rstrip("dwb")
    stem = register.removeprefix("e").rstrip("hl")
    return f"r{stem}x" if len(stem) == 1 else f"r{stem}"


@dataclass(frozen=True)
class Memory:
    """One memory operand: its address is segment + base + index * scale + displacement."""

    base: str | None
    index: str | None
    scale: int
    displacement: int
    size: int
    bits: int
    segment: int

    def address(self, registers: Mapping[str, int]) -> int:
        """The linear address."""
        total = self.displacement
        total += registers[self.base] if self.base else 0
        total += registers[self.index] * self.scale if self.index else 0
        return (total % (1 << self.bits) + self.segment) & _WORD


@dataclass(frozen=True)
class Item:
    """One encoding of the population, at the address where it is executed."""

    code: bytes
    mnemonic: str
    text: str
    origins: frozenset[str]
    address: int
    memory: tuple[Memory, ...]
    width: int
    count: int | str | None
    bit_register: str | None
    target: str | None

    @property
    def name(self) -> str:
        """The mnemonic without prefixes."""
        return self.mnemonic.split()[-1]

    @property
    def repeats(self) -> bool:
        """Is it a string instruction that RCX repeats?"""
        return self.mnemonic.startswith(("rep ", "repe ", "repne ")) and self.name != "ret"

    @property
    def aligned(self) -> bool:
        """Must its memory operand be aligned to 16 bytes?"""
        return self.name in _ALIGNED and "xmm" in self.text and bool(self.memory)

    @property
    def margin(self) -> int:
        """Bytes around the operand that it may reach too."""
        return 72 if self.repeats else 32 if self.bit_register else 8 if self.name in _STACK else 0

    @property
    def address_registers(self) -> frozenset[str]:
        """Registers that addresses are computed from."""
        found = {r for m in self.memory for r in (m.base, m.index) if r}
        found |= {"rsp"} if self.name in _STACK else set()
        found |= {"rbp"} if self.name == "leave" else set()
        return frozenset(found | ({self.bit_register} if self.bit_register else set()))

    def shift_count(self, registers: Mapping[str, int]) -> int:
        """The masked count of a shift or rotation."""
        count = registers["rcx"] if self.count == "cl" else int(self.count or 0)
        return count & (63 if self.width == 64 else 31)

    @property
    def last_register(self) -> str:
        """The register that its last operand is."""
        return wide(self.text.rpartition(", ")[2])

    def keeps_all(self, registers: Mapping[str, int]) -> bool:
        """Is it bzhi with an index of the highest bit, or beyond?

        The manual sets CF for an index beyond, and keeps all bits; Unicorn 2.1.4 clears the highest one, and sets CF
        for that one's index too.
        """
        return self.name == "bzhi" and registers[self.last_register] & 0xFF >= self.width - 1

    def flags(self, registers: Mapping[str, int]) -> tuple[int, int]:
        """Flags that it defines, and flags that it leaves undefined."""
        if self.name in _SHIFTS | _ROTATES | _DOUBLE_SHIFTS:
            return _shift_flags(self.name, self.shift_count(registers), self.width)
        if self.repeats and not registers["rcx"] % (1 << self.memory[0].bits):
            return 0, 0
        return _FIXED.get(self.name, (0, 0)) if "xmm" not in self.text else (0, 0)

    def reads(self) -> int:
        """Flags that its outcome depends on."""
        for stem in ("set", "cmov", "j"):
            condition = _CONDITIONS.get(self.name.removeprefix(stem)) if self.name.startswith(stem) else None
            if condition is not None:
                return condition
        others = {"adc": CF, "sbb": CF, "rcl": CF, "rcr": CF, "cmc": CF, "pushfq": ARITHMETIC, "lahf": ARITHMETIC & ~OF}
        return others.get(self.name, ZF if self.name in {"loope", "loopne"} else 0)


_disassembler = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_disassembler.detail = True


def _memory(instruction: Any, operand: Any) -> Memory:
    part = operand.mem
    base = instruction.reg_name(part.base) if part.base else None
    index = instruction.reg_name(part.index) if part.index and part.index != cx.X86_REG_RIZ else None
    segment = BASES.get(instruction.reg_name(part.segment), 0) if part.segment else 0
    displacement = part.disp
    if base in {"rip", "eip"}:
        displacement, base = displacement + instruction.address + instruction.size, None
    return Memory(
        wide(base) if base else None,
        wide(index) if index else None,
        part.scale,
        displacement,
        operand.size,
        8 * instruction.addr_size,
        segment,
    )


def _item(code: bytes, origins: Iterable[str], address: int) -> Item:
    """Everything that execution needs to know of the instruction `code`."""
    instruction = next(_disassembler.disasm(code, address, 1))
    operands = list(instruction.operands)
    name = instruction.mnemonic.split()[-1]
    memory = [] if name in _ADDRESS_ONLY else [o for o in operands if o.type == cx.X86_OP_MEM]
    count: int | str | None = None
    if name in _SHIFTS | _ROTATES | _DOUBLE_SHIFTS:
        count = operands[-1].imm if operands[-1].type == cx.X86_OP_IMM else "cl"
    bit_register = None
    if name in {"bt", "bts", "btr", "btc"} and memory and operands[1].type == cx.X86_OP_REG:
        bit_register = wide(instruction.reg_name(operands[1].reg))
    target = None
    if operands and operands[0].type == cx.X86_OP_REG and "mm" not in instruction.op_str:
        target = wide(instruction.reg_name(operands[0].reg))
    return Item(
        code,
        instruction.mnemonic,
        f"{instruction.mnemonic} {instruction.op_str}".rstrip(),
        frozenset(origins),
        address,
        tuple(_memory(instruction, operand) for operand in memory),
        8 * operands[0].size if operands else 0,
        count,
        bit_register,
        target,
    )


def _placed(code: bytes, origins: Iterable[str], address: int) -> Item:
    """The same for code that may address memory relative to RIP: it is made to point into a window."""
    instruction = next(_disassembler.disasm(code, address, 1))
    if any(o.type == cx.X86_OP_MEM and o.mem.base == cx.X86_REG_RIP for o in instruction.operands):
        target = AREAS["first"] + WINDOW.start + 0x80 + address % 128 * 2
        at = instruction.disp_offset
        delta = (target - address - len(code)) % (1 << 32)
        code = code[:at] + delta.to_bytes(4, "little") + code[at + 4 :]
    return _item(code, origins, address)


# -- the population --------------------------------------------------------------------------------------------------

_REGISTERS: Final = {
    "h": "al cl dl bl ah bh ch dh".split(),
    "b": "al cl bl sil dil bpl r8b r12b r15b".split(),
    "w": "ax cx dx bx si bp r8w r13w".split(),
    "d": "eax ecx edx ebx esi edi ebp r8d r11d r15d".split(),
    "q": "rax rcx rdx rbx rsi rdi rbp r8 r10 r13 r15".split(),
    "x": "xmm0 xmm1 xmm7 xmm8 xmm15".split(),
}
_SIZES: Final = {"h": "byte", "b": "byte", "w": "word", "d": "dword", "q": "qword", "x": "xmmword"}
_PLACES: Final = (
    "[rdi]", "[rsi+0x10]", "[rbx+rcx*4-8]", "[rdx+rsi]", "[rbp-0x18]", "[rsp+0x20]", "[rax+0x68]", "[rip]", "gs:[0x28]",
    "[edi+4]", "[rsp+rax*8-0x100]", "gs:[rdx]", "fs:[0x28]", "fs:[rbx+8]", "[rcx*8+rdx]",
)  # fmt: skip
_REX_PLACES: Final = ("[r12+8]", "[r13]", "[r9+r10*8+0x100]", "[rsp+r15*2]", "[r8d+ebx]", "[r14]")
_IMMEDIATES: Final = {
    "h": "0 1 -1 0x7f -0x80 0x5a",
    "b": "0 1 -1 0x7f -0x80 0x5a",
    "w": "0 1 -1 0x7fff -0x8000 0x1234 0xff",
    "d": "0 1 -1 0x7fffffff -0x80000000 0x12345678 -0x80",
    "q": "0 1 -1 0x7fffffff -0x80000000 0x12345678 -0x80",
}
_COUNTS: Final = "0 1 2 4 7 8 9 15 16 17 24 31 32 33 63 64 65 255".split()

_FORMS: Final = """
    add sub adc sbb and or xor cmp test mov: hbwdq: r,r r,m m,r r,i m,i
    inc dec neg not mul imul div idiv: hbwdq: r m
    shl shr sar rol ror rcl rcr: hbwdq: r,1 m,1 r,cl m,cl r,c m,c r,c r,c
    bt bts btr btc: wdq: r,r r,k m,r m,k
    bsf bsr tzcnt imul: wdq: r,r r,m
    cmpxchg xadd: bwdq: r,r m,r
    popcnt: wdq: r,r r,m
    movbe: wdq: r,m m,r
    andn: dq: r,r,r r,r,m
    blsi blsr blsmsk: dq: r,r r,m
    sarx shlx shrx bzhi: dq: r,r,r r,m,r
    rorx: dq: r,r,k r,m,k
    mulx: dq: r,r,r r,r,m
    imul: wdq: r,r,i r,m,i
    shld shrd: wdq: r,r,k m,r,k r,r,cl m,r,cl r,r,1
    bswap: dq: r
    xchg: hbwdq: r,r m,r
    push pop: wq: r m
    lea: wdq: r,m
    movzx movsx: wdq: r,B r,M8
    movzx movsx: dq: r,W r,M16
    movsxd: q: r,D r,M32
    movaps movups movapd movupd movdqa movdqu: x: r,r r,m m,r
    pxor por pand pandn xorps xorpd orps andps andnps paddq paddd psubq psubd pcmpeqd: x: r,r r,m
    punpcklqdq punpckhqdq punpckldq punpckhdq unpcklps unpckhps unpcklpd unpckhpd: x: r,r r,m
    movhps movlps movhpd movlpd: x: r,M64 M64,r
    movhlps movlhps: x: r,r
    pshufd shufps shufpd pshuflw pshufhw palignr pblendw: x: r,r,c r,m,c
    psllq psrlq pslldq psrldq psllw pslld psraw psrad psrlw psrld: x: r,c
    psllw pslld psllq psraw psrad psrlw psrld psrlq: x: r,r r,m
    paddb paddw psubb psubw pcmpeqb pcmpeqw pcmpeqq pcmpgtb pcmpgtw pcmpgtd pcmpgtq pmullw pmulld: x: r,r r,m
    pmulhw pmulhuw pmuludq pmuldq pmaddwd pminub pminuw pminud pminsb pminsw pminsd: x: r,r r,m
    pmaxub pmaxuw pmaxud pmaxsb pmaxsw pmaxsd pabsb pabsw pabsd packsswb packssdw packuswb packusdw: x: r,r r,m
    punpcklbw punpckhbw punpcklwd punpckhwd pshufb ptest: x: r,r r,m
    pmovzxbw pmovsxbw pmovzxwd pmovsxwd pmovzxdq pmovsxdq movddup: x: r,r r,M64
    pmovzxbd pmovsxbd pmovzxwq pmovsxwq: x: r,r r,M32
    pmovzxbq pmovsxbq: x: r,r r,M16
    pinsrb: x: r,D,c r,M8,c
    pextrb: x: D,r,c M8,r,c
    pinsrw: x: r,D,c r,M16,c
    pextrw: x: D,r,c M16,r,c
    pinsrd: x: r,D,c r,M32,c
    pextrd: x: D,r,c M32,r,c
    pinsrq: x: r,Q,c r,M64,c
    pextrq: x: Q,r,c M64,r,c
    pmovmskb movmskps movmskpd: x: D,r Q,r
    movss: x: r,r r,M32 M32,r
    lddqu: x: r,m
    movntdq movntps movntpd: x: m,r
    movnti: dq: m,r
    movd: x: r,D D,r r,M32 M32,r
    movq: x: r,Q Q,r r,r r,M64 M64,r
    movsd: x: r,r r,M64 M64,r
"""
"""Mnemonics: operand classes: operand forms. r register, m memory, i immediate, c any count, k a count up to the
operand size; B, W, D, Q a register and M8 to M64 memory of another size than the class."""

_CASES: Final = """
    lock add [rdi], rax; lock add byte ptr [rsi+0x10], 5; lock sub dword ptr [rdx+rsi], ecx; lock sub word ptr [rdi], 7
    lock and qword ptr [rsp+0x20], -0x80; lock and dword ptr [rbp-0x18], edx; lock or byte ptr [rax+0x68], 0x40
    lock or dword ptr [rbx+rcx*4-8], 0x12345678; lock xor [rdi], r13; lock xor word ptr [rsi+0x10], ax
    lock inc qword ptr [rdi]; lock inc byte ptr [rsi+0x10]; lock dec dword ptr [rdx+rsi]; lock dec word ptr [rbp-0x18]
    lock bts [rdi], rcx; lock btr dword ptr [rdx+rsi], eax; lock btc word ptr [rsi+0x10], bx
    lock bts qword ptr [rdi], 5; lock btr dword ptr gs:[rdx], 31; lock btc qword ptr [rsp+0x20], 63
    lock cmpxchg [rdi], rcx
    lock cmpxchg byte ptr [rsi+0x10], dl; lock cmpxchg dword ptr [rdx+rsi], ecx; lock cmpxchg word ptr [rip], r9w
    lock xadd [rdi], rcx; lock xadd byte ptr [rsi+0x10], r8b; lock xadd dword ptr gs:[0x28], ecx; xadd rax, rax
    cmpxchg rax, rcx; cmpxchg ecx, eax; cmpxchg eax, eax
    push 1; push -0x80; push 0x12345678; cdq; cqo; cdqe; cwde; cbw; cwd; cld; std; clc; stc; cmc; leave; ret; ret 0x10
    nop; nop word ptr [rax]; nop dword ptr [rbx+rcx]; pause; lfence; sfence; mfence; endbr64
    stosb; stosw; stosd; stosq; movsb; movsw; movsd; movsq; lodsb; lodsw; lodsd; lodsq
    cmpsb; cmpsw; cmpsd; cmpsq; scasb; scasw; scasd; scasq; lahf; sahf; loope .+0x10; loopne .-0x10
    repe cmpsb; repe cmpsw; repe cmpsd; repe cmpsq; repne cmpsb; repne cmpsw; repne cmpsd; repne cmpsq
    repe scasb; repe scasw; repe scasd; repe scasq; repne scasb; repne scasw; repne scasd; repne scasq
    rep stosb; rep stosw; rep stosd; rep stosq; rep movsb; rep movsw; rep movsd; rep movsq
    prefetcht0 [rdi]; prefetcht1 [rsi]; prefetcht2 [rdi+8]; prefetchnta [rax+8]
    jmp .+0x10; jmp .+0x1000; jmp rax; jmp r11; jmp [rdi+8]; call .+0x1000
    call rax; call r13; call [rsi]; jrcxz .+0x10; jecxz .+0x10; loop .+0x10; loop .-0x10; lea rax, [rip+0x40]
    lea eax, [rip]; xchg eax, eax; xchg rax, r8; movabs rax, 0x8000000000000001; movabs r9, 0x123456789abcdef0
    mov rsp, rbp; add rsp, 8
    sub rsp, 0x10; lea rsp, [rsp-0x18]; lea r8d, [r9d+edi*2]; pop [rsp+8]; push [rsp]; pop rsp; push rsp; mov rbp, rsp
    and rsp, -16; xchg rsp, rbp; pop rbp; movq mm0, mm1; movd eax, mm0; movq mm1, [rdi]; movd mm2, ecx; pxor mm1, mm2
    movabs al, [0xffffffff91000720]; movabs rax, [0xffffffff91010788]; movabs [0xffffffff91000730], eax
    movaps.s xmm1, xmm2; movups.s xmm9, xmm2; movdqa.s xmm1, xmm3; movdqu.s xmm4, xmm8; mov.s rax, rbx; xor.s cl, r9b
"""
"""Single instructions, for which no pattern is worth it."""

_BYTES: Final = """
    d1f0 48c1f004 d2f1 66c1f703 c0f007 48d3f6; f3c3 f2c3 66c3 66c9; 3effe0 3eff20; 2e8b07 3e488b4608 368b07; 67f3aa 67aa
    67f348a5 67e205; 6690 4890 4190; 66480f6ec8 660fd6c1; 6658 6650 666a01; 6a80; 4088f1 4028fe; f66801 480fafc9
    f7c805000000 f6c801; c0c009 c0c808 66c1c011 66c1c810; 480fbafb3f 660fbaf31f; f349ab f34889c8; 48ff10 ff18 ff28; 669c
    f30faec0 660fc8 8cd8 8ed8 0f20c0; 66f3a5 f2a4 66ad f3ac
"""
"""Encodings that no assembler writes, or that a lifter may take for something else: redundant and contradictory
prefixes, the /6 alias of SHL, 16-bit RET and LEAVE, far CALL and JMP (which the engine must refuse)."""


def _operand(form: str, kind: str, rng: random.Random) -> str:
    fixed = {"B": "b", "W": "w", "D": "d", "Q": "q"}
    if form in fixed or form == "r":
        return rng.choice(_REGISTERS[fixed.get(form, kind)])
    if form == "m" or form.startswith("M"):
        size = {"M8": "byte", "M16": "word", "M32": "dword", "M64": "qword"}.get(form) or _SIZES[kind]
        places = _PLACES if kind == "h" else (*_PLACES, *_REX_PLACES)
        return f"{size} ptr {rng.choice(places)}"
    if form == "i":
        return rng.choice(_IMMEDIATES[kind].split())
    if form == "k":
        return str(rng.randrange({"w": 16, "d": 32, "q": 64}[kind] + 1))
    return rng.choice(_COUNTS) if form == "c" else form


def _patterns(rng: random.Random, variants: int) -> Iterator[str]:
    for line in _FORMS.strip().splitlines():
        names, kinds, forms = (part.split() for part in line.split(":"))
        for name in names:
            for kind in kinds[0]:
                for form in forms:
                    for _ in range(variants):
                        yield f"{name} " + ", ".join(_operand(part, kind, rng) for part in form.split(","))
    for condition in _CONDITIONS:
        yield from (f"j{condition} .+{distance}" for distance in (2, 0x20, 0x1000))
        yield from (f"set{condition} {_operand(form, kind, rng)}" for form in "rm" for kind in "hb")
        for kind in "wdq":
            yield from (f"cmov{condition} {_operand('r', kind, rng)}, {_operand(form, kind, rng)}" for form in "rm")


def synthetic_source(variants: int = 3) -> str:
    """Assembly of every form; lines that mix AH with a REX prefix cannot be encoded and do not occur."""
    rng = random.Random(0)
    lines = [line.strip() for text in _CASES.strip().splitlines() for line in text.split(";")]
    codes = [bytes.fromhex(code) for code in _BYTES.replace(";", " ").split()]
    lines += _patterns(rng, variants)
    return "\n".join([".intel_syntax noprefix", *lines, *(".byte " + ",".join(map(str, code)) for code in codes), ""])


NOT_COMPARED: Final = {
    "sgdt": "Unicorn has a descriptor table of its own",
    "sidt": "Unicorn has a descriptor table of its own",
    "movdir64b": "Unicorn 2.1.4 does not know it",
}
"""Modelled instructions of which no two runs can be compared."""


def _unicorn_errs(code: bytes) -> bool:
    """Does Unicorn 2.1.4 do something else than the manual says?

    For SHLD, SHRD and RORX with an immediate it takes an operand relative to RIP to be one byte too low, since it
    forgets that the immediate is still to come (the manual: RIP is the address of the next instruction).
    """
    instruction = next(_disassembler.disasm(code, 0, 1))
    relative = any(o.type == cx.X86_OP_MEM and o.mem.base == cx.X86_REG_RIP for o in instruction.operands)
    immediate = instruction.operands and instruction.operands[-1].type == cx.X86_OP_IMM
    return bool(relative and immediate and instruction.mnemonic in _DOUBLE_SHIFTS | {"rorx"})


def _compile(sources: Sequence[Path], folder: Path, *options: str) -> None:
    """Run the compiler in `folder`, where it leaves what it makes."""
    subprocess.run(["gcc", *options, *sources], cwd=folder, check=True, capture_output=True, text=True)


def _load(path: Path) -> Image:
    (image,) = load_images(path)
    return image


def _encodings(image: Image) -> Iterator[bytes]:
    """The instructions of the executable sections, one after the other."""
    for section in image.sections:
        at, end = section.address, section.address + section.size
        while section.executable and at < end:
            code = next((c for n in range(min(15, end - at), 0, -1) if (c := image.read(at, n)) is not None), b"")
            try:
                size = decode(code).size
            except UnsupportedInstructionError:
                size = 0
            if size:
                yield code[:size]
            at += size or 1


@dataclass(frozen=True)
class Population:
    """What runs are drawn from.

    Args:
        shipped: encodings of the bundled wrappers and of the cases.
        by_mnemonic: these and the synthesised ones, by mnemonic.
        unlifted: text to origins of instructions on the list that the lifter refuses.
    """

    items: tuple[Item, ...]
    shipped: tuple[Item, ...]
    by_mnemonic: Mapping[str, tuple[Item, ...]]
    unlifted: Mapping[str, frozenset[str]]
    mnemonics: tuple[str, ...]
    arena: Image

    def draw(self, rng: random.Random) -> Item:
        """One instruction: often from code that ships, else from all mnemonics alike."""
        if rng.random() < 0.4:
            return rng.choice(self.shipped)
        return rng.choice(self.by_mnemonic[rng.choice(self.mnemonics)])

    def pair(self, rng: random.Random) -> list[Item]:
        """An instruction that builds on older flags, and one that may keep its flags, as a shift by 0 does."""
        first = [name for name in self.mnemonics if name in _INHERITING]
        second = [name for name in self.mnemonics if name in _SHIFTS | _ROTATES | _DOUBLE_SHIFTS]
        return [rng.choice(self.by_mnemonic[rng.choice(names)]) for names in (first, second)]


def _gather(folder: Path) -> dict[bytes, set[str]]:
    """Every encoding with the names of the sources that it occurs in."""
    found: dict[bytes, set[str]] = defaultdict(set)
    forms = folder / "synthetic.s"
    forms.write_text(synthetic_source())
    sources = [*sorted((ROOT / "wrappers/seed").glob("*.S")), *sorted((ROOT / "tests/cases").glob("*.s")), forms]
    _compile(sources, folder, "-c")
    for source in sources:
        for code in _encodings(_load(folder / f"{source.stem}.o")):
            found[code].add(source.stem)
    return found


def _arena(folder: Path) -> Image:
    """An executable of nothing but the memory areas."""
    source = folder / "arena.s"
    source.write_text("".join(f'.section .{name},"aw"\n.zero {PAGE}\n' for name in AREAS) + ".text\n_start: ret\n")
    starts = [f"-Wl,--section-start=.{name}={address:#x}" for name, address in AREAS.items()]
    _compile([source], folder, "-nostdlib", "-static", "-o", "arena", "-Wl,-e0", *starts)
    return _load(folder / "arena")


def population() -> Population:
    """Assemble the sources, and sort out what the lifter refuses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found, arena = _gather(folder), _arena(folder)
    items: list[Item] = []
    unlifted: dict[str, frozenset[str]] = {}
    for code, origins in found.items():
        decoded = decode(code)
        if decoded.mnemonic not in MODELLED or decoded.mnemonic in NOT_COMPARED or _unicorn_errs(code):
            continue
        if decoded.reports:
            continue  # what it says is the machine's
        item = _placed(code, origins, CODE + SLOT * len(items))
        try:
            lift(item.code, item.address)
        except UnsupportedInstructionError:
            unlifted[f"{code.hex()} {decoded}"] = frozenset(origins)
            continue
        items.append(item)
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        grouped[item.mnemonic].append(item)
    shipped = tuple(item for item in items if item.origins != {"synthetic"})
    by_mnemonic = {name: tuple(members) for name, members in grouped.items()}
    return Population(tuple(items), shipped, by_mnemonic, unlifted, tuple(by_mnemonic), arena)


# -- states ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """A random entry state: registers, arithmetic flags, IF and AC, and the windows of the memory areas."""

    registers: Mapping[str, int]
    flags: int
    memory: Mapping[str, bytes]


def _number(rng: random.Random, bits: int) -> int:
    """A number that is likely to lie at an edge."""
    choice = rng.randrange(6)
    if choice == 0:
        return rng.choice((0, 1, 2, (1 << bits) - 1, (1 << bits) - 2))
    if choice == 1:
        edge = 1 << rng.choice((7, 8, 15, 16, 31, 32, 63, bits - 1))
        return (edge + rng.randrange(-1, 2)) % (1 << bits)
    if choice == 2:
        return rng.randrange(256)
    if choice == 3:
        return (-rng.randrange(256)) % (1 << bits)
    return rng.getrandbits(bits)


def _pointer(rng: random.Random, areas: Sequence[str], item: Item | None) -> int:
    """An address in the middle of a window, most often with some alignment."""
    low, high = WINDOW.start + 96, WINDOW.stop - 112
    aligned = item is not None and item.aligned and (item.name not in _FAULTING or rng.random() < 0.9)
    return AREAS[rng.choice(areas)] + rng.randrange(low, high) & (-16 if aligned else rng.choice((-1, -8, -16)))


_HIGH: Final = ("first", "second", "stack")


def random_start(rng: random.Random) -> Start:
    """Registers with numbers and a few pointers; RSP points to the stack."""
    registers = {r: _number(rng, 64) if rng.random() < 0.85 else _pointer(rng, _HIGH, None) for r in GPRS}
    registers |= {x: rng.choice((rng.getrandbits(128), _number(rng, 128))) for x in XMMS}
    registers["rsp"] = _pointer(rng, ["stack"], None) & -8
    words = len(WINDOW) // 8
    memory = {n: b"".join(_number(rng, 64).to_bytes(8, "little") for _ in range(words)) for n in AREAS}
    return Start(registers, rng.getrandbits(32) & (ARITHMETIC | IF | AC), memory)


def _inside(address: int, size: int) -> bool:
    return any(page + WINDOW.start <= address and address + size <= page + WINDOW.stop for page in AREAS.values())


def _fits(item: Item, registers: Mapping[str, int]) -> bool:
    """Does every access of `item` stay inside a window?"""
    if item.bit_register and (registers[item.bit_register] + 64) & _WORD >= 192:
        return False
    if item.aligned and item.name not in _FAULTING and item.memory[0].address(registers) % 16:
        return False
    spans = [(m.address(registers) - item.margin, m.size + 2 * item.margin) for m in item.memory]
    if item.name in _STACK:
        spans.append((registers["rsp"] - 16, 48))
    if item.name == "leave":
        spans.append((registers["rbp"], 8))
    return all(_inside(address, size) for address, size in spans)


def _extend_dividend(item: Item, registers: dict[str, int]) -> None:
    """Make the quotient fit, most often: the upper half of the dividend only extends the lower one."""
    low = registers["rax"] & ((1 << item.width) - 1)
    high = (1 << item.width) - 1 if item.name == "idiv" and low >> (item.width - 1) else 0
    if item.width == 8:
        registers["rax"] = registers["rax"] & ~0xFF00 | high << 8
    else:
        registers["rdx"] = high


def _lower_index(item: Item, registers: dict[str, int], rng: random.Random) -> None:
    """Give bzhi an index of which the two machines think the same."""
    if item.keeps_all(registers):
        registers[item.last_register] = registers[item.last_register] & ~0xFF | rng.randrange(item.width - 1)


def settle(item: Item, registers: Mapping[str, int], rng: random.Random) -> dict[str, int] | None:
    """Registers to be set so that `item` can be executed; None if nothing helps."""
    now = dict(registers)
    _lower_index(item, now, rng)
    if item.repeats:
        mask = item.memory[0].bits if item.memory else 64
        if now["rcx"] % (1 << mask) > 8:
            now["rcx"] = rng.randrange(9)
    if item.name in {"div", "idiv"} and rng.random() < 0.8:
        _extend_dividend(item, now)
    if item.count == "cl" and rng.random() < 0.2:
        now["rcx"] &= ~63  # a shift by 0 keeps all flags
    if item.bit_register and (now[item.bit_register] + 64) & _WORD >= 192:
        now[item.bit_register] = rng.randrange(-64, 128) & _WORD
    if not _fits(item, now):
        for memory in item.memory:
            if memory.index and memory.index != memory.base:
                now[memory.index] = rng.randrange(-4, 5) & _WORD
            if memory.base:
                now[memory.base] = 0
                pointer = _pointer(rng, ["low"] if memory.bits == 32 else _HIGH, item)
                high = rng.getrandbits(32) << 32 if memory.bits == 32 else 0
                now[memory.base] = (pointer - memory.address(now)) % (1 << memory.bits) | high
    if not _fits(item, now) and item.name in _STACK:
        now["rsp"] = _pointer(rng, ["stack"], None)
    if not _fits(item, now) and item.name == "leave":
        now["rbp"] = _pointer(rng, ["stack"], None)
    if not _fits(item, now):
        return None
    return {register: value for register, value in now.items() if value != registers[register]}


# -- the two machines ------------------------------------------------------------------------------------------------


class DisagreementError(Exception):
    """The two machines do not do the same."""


def _page(window: bytes) -> bytes:
    """A page that is zero around its window."""
    return bytes(WINDOW.start) + window + bytes(PAGE - WINDOW.stop)


class Emulator:
    """Unicorn, with the code and the areas mapped."""

    _ID: Final = {register: getattr(ux, f"UC_X86_REG_{register.upper()}") for register in (*GPRS, *XMMS)}

    def __init__(self, items: Sequence[Item]) -> None:
        self.uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        self.uc.ctl_set_tlb_mode(unicorn.UC_TLB_VIRTUAL)  # else addresses are cut to the physical width
        self.uc.mem_map(CODE, (SLOT * len(items) + 2 * PAGE) & -PAGE)
        for item in items:
            self.uc.mem_write(item.address, item.code)
        for page in AREAS.values():
            self.uc.mem_map(page, PAGE)
        self.uc.reg_write(ux.UC_X86_REG_GS_BASE, BASES["gs"])
        self.uc.reg_write(ux.UC_X86_REG_FS_BASE, BASES["fs"])

    def load(self, start: Start) -> None:
        """Take on a state."""
        for register, value in start.registers.items():
            self.uc.reg_write(self._ID[register], value)
        self.uc.reg_write(ux.UC_X86_REG_EFLAGS, start.flags | 2)
        for name, page in AREAS.items():
            self.uc.mem_write(page, _page(start.memory[name]))

    def set(self, register: str, value: int) -> None:
        """Assign a register."""
        self.uc.reg_write(self._ID[register], value)

    def registers(self, names: Sequence[str] = GPRS) -> dict[str, int]:
        """The values of registers."""
        return dict(zip(names, self.uc.reg_read_batch([self._ID[name] for name in names]), strict=True))

    def flags(self) -> int:
        """RFLAGS."""
        return int(self.uc.reg_read(ux.UC_X86_REG_EFLAGS))

    def page(self, name: str) -> bytes:
        """The content of a memory area."""
        return bytes(self.uc.mem_read(AREAS[name], PAGE))

    def faults(self, item: Item) -> bool:
        """Does it raise an exception? The state stays as it is."""
        before = self.uc.context_save()
        try:
            self.uc.emu_start(item.address, 0, count=1)
        except unicorn.UcError as error:
            return bool(error.errno == unicorn.UC_ERR_EXCEPTION)
        finally:
            self.uc.context_restore(before)
        return False

    def step(self, item: Item) -> int:
        """Execute `item` (with all its repetitions); where execution goes on."""
        pc = item.address
        for _ in range(100):
            try:
                self.uc.emu_start(item.address, 0, count=1)
            except unicorn.UcError as error:
                if error.errno != unicorn.UC_ERR_FETCH_UNMAPPED:  # it has arrived where no code is: that will do
                    raise
            pc = int(self.uc.reg_read(ux.UC_X86_REG_RIP)) & _WORD
            if not item.repeats or pc != item.address:
                break
        return pc


class Valuation:
    """Turns what the engine computed into numbers: terms over symbols too, through Z3."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self._values = values
        self._translator = Translator()

    def number(self, ast: Ast) -> int:
        """The value of a bit vector or (0 or 1) of a condition."""
        if ast.op in {"BVV", "BoolV"}:
            return int(ast.args[0])
        term = self._translator.term(ast)
        names = _variables(ast)
        known = [
            (z3.BitVec(name, bits), z3.BitVecVal(self._values[name], bits))
            for name, bits in names
            if name in self._values
        ]
        value = z3.simplify(z3.substitute(term, *known) if known else term)
        if not (z3.is_true(value) or z3.is_false(value) or z3.is_bv_value(value)):
            unknown = ", ".join(sorted(name for name, _ in names if name not in self._values))
            raise DisagreementError(f"the engine's result depends on {unknown}, which nobody chose")
        return int(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())


def _variables(root: Ast) -> set[tuple[str, int]]:
    found, seen, stack = set(), set(), [root]
    while stack:
        ast = stack.pop()
        if id(ast) in seen:
            continue
        seen.add(id(ast))
        if ast.op == "BVS":
            found.add((ast.args[0], ast.size()))
        stack.extend(child for child in ast.args if hasattr(child, "op"))
    return found


_OTHER_FLAGS: Final = {symbols.entry("rflags"): 0}
_CC: Final = ("cc_op", "cc_dep1", "cc_dep2", "cc_ndep")


class Prover:
    """The engine under test: one state of it, as the executor of tdxprove would hold it."""

    def __init__(self, arena: Image) -> None:
        entry = EntryState({}, {}, (), 8, 8, globals_writable=True)
        self.engine, self.blank = vex.entry_state(arena, entry)
        for segment, base in BASES.items():
            self.blank.registers.store(segment, claripy.BVV(base, 64))
        self.initial: dict[int, Any] = {}

    def prepare(self, start: Start, symbolic: bool) -> Any:
        """The engine's state for `start`; where `symbolic`, only RSP is a number."""
        state = self.blank.copy()
        if symbolic:
            vex.set_register(state, "rsp", claripy.BVV(start.registers["rsp"], 64))
            return state
        for register, value in start.registers.items():
            vex.set_register(state, register, claripy.BVV(value, 128 if register in XMMS else 64))
        self.set_flags(state, start.flags)
        for name, page in AREAS.items():
            for at in range(0, len(WINDOW), 8):
                word = int.from_bytes(start.memory[name][at : at + 8], "little")
                state.memory.write(symbols.DATA, page + WINDOW.start + at, claripy.BVV(word, 64))
        return state

    def set_flags(self, state: Any, flags: int) -> None:
        """Assign the arithmetic flags, IF and AC."""
        vex.set_register(state, "ac", claripy.BVV(int(bool(flags & AC)), 1))
        vex.set_register(state, "if", claripy.BVV(int(bool(flags & IF)), 1))
        vex.set_carry(state, flags & CF, claripy.BVV(flags & ARITHMETIC, 64))

    def symbol_values(self, start: Start, rng: random.Random) -> dict[str, int]:
        """What the symbols of a symbolic run stand for."""
        values = {symbols.entry(register): value for register, value in start.registers.items()}
        values |= {f"{symbols.entry(xmm)}.high": 0 for xmm in XMMS}
        values |= {symbols.entry("ac"): int(bool(start.flags & AC)), symbols.entry("if"): int(bool(start.flags & IF))}
        values |= _OTHER_FLAGS
        garbage = rng.getrandbits(64) & ~ARITHMETIC
        values[symbols.entry("arithmetic_flags")] = start.flags & ARITHMETIC | garbage
        for name, page in AREAS.items():
            for at in range(0, len(WINDOW), 8):
                word = int.from_bytes(start.memory[name][at : at + 8], "little")
                values[symbols.word(symbols.DATA, page + WINDOW.start + at)] = word
        return values

    def begin(self, prepared: Any, valuation: Valuation) -> None:
        """Start a run."""
        self.state = prepared.copy()
        self.valuation = valuation
        contents = prepared.memory.contents.get(symbols.DATA)
        self.initial = contents.written.pieces if contents is not None else {}

    def step(self, item: Item) -> int | None:
        """Execute `item` as the executor does; where execution goes on, None after a fault.

        Raises:
            UnsupportedInstructionError: the engine refuses.
        """
        block = lift(item.code, item.address)
        for _ in range(100):
            if item.name == "popfq":
                processor_flags.restore_interrupt_flag(self.state)
            exits = self.engine.run(self.state, block)
            if item.name == "pushfq":
                processor_flags.complete_pushed_flags(exits[0].state)
            taken = [one for one in exits if self.valuation.number(one.guard)]
            if len(taken) != 1:
                raise DisagreementError(f"{len(taken)} exits of {len(exits)} are taken")
            self.state = taken[0].state
            processor_flags.set_product_flags(self.state, decode(item.code))
            if taken[0].jumpkind.startswith("Ijk_Sig"):
                return None
            target = self.valuation.number(taken[0].target)
            if not item.repeats or target != item.address:
                return target
        raise DisagreementError("repeats without end")

    def set(self, register: str, value: int) -> None:
        """Assign a register."""
        vex.set_register(self.state, register, claripy.BVV(value, 64))

    def register(self, register: str) -> int:
        """The value of one register."""
        return self.valuation.number(vex.get_register(self.state, register))

    def flags(self) -> int:
        """The arithmetic flags, by the helper that the engine itself uses, with DF and AC."""
        parts = [claripy.BVV(self.valuation.number(self.state.registers.load(name, 8)), 64) for name in _CC]
        flags = self.valuation.number(ccall.amd64g_calculate_rflags_all(self.state, *parts))
        return flags | self.register("df") * DF | self.register("ac") * AC | self.register("if") * IF

    def pages(self, initial: Mapping[str, bytes]) -> dict[str, bytes]:
        """The content of the memory areas, that of `initial` where nothing was written."""
        content = {name: bytearray(_page(initial[name])) for name in AREAS}
        contents = self.state.memory.contents.get(symbols.DATA)
        written = contents.written.pieces if contents is not None else {}
        before = self.initial.get
        for address in {at & -8 for at, byte in written.items() if before(at) is not byte}:
            word = self.valuation.number(self.state.memory.read(symbols.DATA, address, 8))
            for name, page in AREAS.items():
                if page <= address < page + PAGE:
                    content[name][address - page : address - page + 8] = word.to_bytes(8, "little")
        return {name: bytes(page) for name, page in content.items()}


# -- runs ------------------------------------------------------------------------------------------------------------


SYMBOLIC: Final = 0.1
"""Share of the runs in which the engine works on symbols; they take twice as long."""


@dataclass
class Tally:
    """What has happened so far.

    Args:
        executed: how often each mnemonic was executed and compared.
        encodings: addresses of the instructions that were.
        refused: instruction and reason of the engine, with the sources that the instruction occurs in.
        skipped: instructions that a run left out, because no state makes them meaningful there.
    """

    runs: int = 0
    symbolic: int = 0
    executed: Counter[str] = field(default_factory=Counter)
    encodings: set[int] = field(default_factory=set)
    refused: Counter[tuple[str, str, frozenset[str]]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


@dataclass
class _Run:
    """One run under way."""

    start: Start
    plan: Sequence[Item]
    symbolic: bool
    rng: random.Random
    undefined: int = 0
    trace: list[tuple[Item, dict[str, int], tuple[str, ...], int]] = field(default_factory=list)


class Simulation:
    """Runs of one seed: `run(n)` always does the same, whatever ran before.

    The first runs execute every encoding of the population once, alone; the next ones pairs that share flags; all
    others draw what they execute.

    Args:
        symbolic: share of the runs in which the engine works on symbols.
    """

    POOL = 48
    PAIRS = 600

    def __init__(self, population: Population, seed: int, symbolic: float = SYMBOLIC) -> None:
        self.population, self.seed, self.share = population, seed, symbolic
        self.tally = Tally()
        self.emulator = Emulator(population.items)
        self.prover = Prover(population.arena)
        self._starts: dict[int, tuple[Start, Any]] = {}

    def _start(self, number: int) -> tuple[Start, Any]:
        """A random state out of a pool, since making one takes longer than a run."""
        if number not in self._starts:
            start = random_start(random.Random(f"{self.seed}/start/{number}"))
            self._starts[number] = start, self.prover.prepare(start, symbolic=False)
        return self._starts[number]

    def _begin(self, number: int) -> _Run:
        rng = random.Random(f"{self.seed}/{number}")
        items = self.population.items
        if number < len(items):
            plan = [items[number]]
        elif number < len(items) + self.PAIRS:
            plan = self.population.pair(rng)
        else:
            plan = [self.population.draw(rng) for _ in range(rng.randrange(1, 7))]
        start, prepared = self._start(rng.randrange(self.POOL))
        fresh = {register: _number(rng, 64) for register in rng.sample([r for r in GPRS if r != "rsp"], 4)}
        fresh |= {rng.choice(XMMS): _number(rng, 128)}
        flags = rng.getrandbits(32) & (ARITHMETIC | IF | AC)
        start = replace(start, registers={**start.registers, **fresh}, flags=flags)
        run = _Run(start, plan, rng.random() < self.share, rng)
        if run.symbolic:
            values = self.prover.symbol_values(start, rng)
            self.prover.begin(self.prover.prepare(start, symbolic=True), Valuation(values))
        else:
            self.prover.begin(prepared, Valuation(_OTHER_FLAGS))
            state = self.prover.state
            for register, value in fresh.items():
                vex.set_register(state, register, claripy.BVV(value, 128 if register in XMMS else 64))
            self.prover.set_flags(state, start.flags)
        self.emulator.load(start)
        return run

    def run(self, number: int) -> None:
        """Do one run, count it, and describe what differs if something does."""
        self.tally.runs += 1
        run = self._begin(number)
        self.tally.symbolic += run.symbolic
        try:
            self._execute(run, self.tally)
        except DisagreementError as error:
            self.tally.disagreements.append(self._describe(number, run, str(error)))

    def _execute(self, run: _Run, tally: Tally, every_step: bool = False) -> None:
        try:
            for item in run.plan:
                going_on = self._step(run, item, tally)
                if every_step:
                    self._compare(run)
                if not going_on:
                    break
        except (UnsupportedInstructionError, UnresolvedAddressError):
            return  # counted where it was raised; the engine's state is worth nothing now
        self._compare(run)

    def _step(self, run: _Run, item: Item, tally: Tally) -> bool:
        """Execute one instruction in both, unless it means nothing here; False after a fault."""
        registers = self.emulator.registers()
        changes = settle(item, registers, run.rng)
        too_far = item.name in _DOUBLE_SHIFTS and item.shift_count(registers | (changes or {})) > item.width
        too_far = (too_far and bool(item.memory)) or item.keeps_all(registers | (changes or {}))
        if changes is None or item.reads() & run.undefined or too_far:
            tally.skipped[item.mnemonic] += 1
            return True
        self._assign(run, item, registers, changes)
        registers |= changes
        if item.name == "popfq":
            self._clean_flags(registers["rsp"])
        run.trace.append((item, registers, tuple(changes), self.emulator.flags()))
        try:
            target = self.prover.step(item)
        except (UnsupportedInstructionError, UnresolvedAddressError) as error:
            tally.refused[item.text, str(error), item.origins] += 1
            raise
        faults = item.aligned and any(memory.address(registers) % 16 for memory in item.memory)
        faults |= item.name in {"div", "idiv"} and self.emulator.faults(item)
        if faults or target is None:
            if not faults or target is not None:
                raise DisagreementError(f"fault: {target is None} in the engine, {faults} by the manual")
            tally.faults[item.mnemonic] += 1
            tally.encodings.add(item.address)
            return False
        self._follow(run, item, registers, target)
        tally.executed[item.mnemonic] += 1
        tally.encodings.add(item.address)
        return True

    def _assign(self, run: _Run, item: Item, registers: Mapping[str, int], changes: Mapping[str, int]) -> None:
        """Give address registers numbers, and compare what they held."""
        state = self.prover.state
        terms = {r for r in item.address_registers if run.symbolic and vex.get_register(state, r).op != "BVV"}
        for register in sorted(terms | set(changes)):
            _same(register, self.prover.register(register), registers[register])
            value = changes.get(register, registers[register])
            self.prover.set(register, value)
            self.emulator.set(register, value)

    def _clean_flags(self, address: int) -> None:
        """Clear the bits that `popfq` must not meet."""
        value = int.from_bytes(self.emulator.uc.mem_read(address, 8), "little") & POPPED
        self.emulator.uc.mem_write(address, value.to_bytes(8, "little"))
        self.prover.state.memory.store(claripy.BVV(address, 64), claripy.BVV(value, 64))

    def _follow(self, run: _Run, item: Item, registers: Mapping[str, int], target: int) -> None:
        """Execute in Unicorn, and keep account of what the manual leaves undefined and the prover does not rely on."""
        defined, undefined = item.flags(registers)
        forgotten = processor_flags.unreliable_flags(decode(item.code))
        defined, undefined = defined & ~forgotten, undefined | forgotten
        run.undefined = run.undefined & ~defined | undefined
        _same("rip", target, self.emulator.step(item))
        empty = {"bsf": ZF, "bsr": ZF, "tzcnt": CF}.get(item.name, 0)  # Unicorn has BMI1
        no_result = bool(self.emulator.flags() & empty)
        no_result |= item.name in _DOUBLE_SHIFTS and item.shift_count(registers) > item.width
        lost = {item.target} if no_result else set()
        if item.name == "cmpxchg" and item.width == 32:  # of the upper halves nobody knows
            lost |= {"rax", item.target}
        for register in sorted(register for register in lost if register is not None):
            value = run.rng.getrandbits(64)
            self.prover.set(register, value)
            self.emulator.set(register, value)

    def _compare(self, run: _Run) -> None:
        """Everything, at the end."""
        for register, value in self.emulator.registers((*GPRS, *XMMS)).items():
            _same(register, self.prover.register(register), value)
        mask = (ARITHMETIC | IF | DF | AC) & ~run.undefined
        flags, expected = self.prover.flags() & mask, self.emulator.flags() & mask
        if flags != expected:
            raise DisagreementError(f"flags: engine {flags:#x}, Unicorn {expected:#x}, differing {flags ^ expected:#x}")
        for name, content in self.prover.pages(run.start.memory).items():
            other = self.emulator.page(name)
            if content != other:
                at = next(n for n in range(PAGE) if content[n] != other[n])
                _same(f"memory at {AREAS[name] + at:#x}", content[at], other[at])
        if self.prover.state.memory.outside:
            raise DisagreementError(f"the engine objects: {self.prover.state.memory.outside[0].what}")

    def _describe(self, number: int, run: _Run, error: str) -> str:
        """Repeat a run up to the first instruction after which something differs."""
        again = self._begin(number)
        try:
            self._execute(again, Tally(), every_step=True)
        except DisagreementError as first:
            run, error = again, str(first)
        start = ", ".join(f"{register} {value:#x}" for register, value in run.start.registers.items())
        memory = "".join(f"\n    memory {n:7}{content.hex()}" for n, content in run.start.memory.items())
        how = "symbols" if run.symbolic else "numbers"
        steps = "".join(f"\n    {_line(*step)}" for step in run.trace)
        return f"--seed {self.seed} --only {number}, over {how}: {error}{steps}\n    entry: {start}{memory}"


def _line(item: Item, registers: Mapping[str, int], changes: Sequence[str], flags: int) -> str:
    """An executed instruction with the registers that it names, for the reproducer."""
    seen = {r for r in GPRS if r in item.address_registers or r == item.target} | set(changes) | {"rax", "rcx"}
    values = " ".join(f"{register}={registers[register]:#x}" for register in sorted(seen))
    return f"{item.code.hex():24} {item.text:40} {values} flags={flags:#x}"


def _same(what: str, engine: int, expected: int) -> None:
    if engine != expected:
        raise DisagreementError(f"{what}: engine {engine:#x}, Unicorn {expected:#x}")


def refusals(population: Population, tally: Tally) -> dict[str, frozenset[str]]:
    """Instructions on the list that the engine did not execute, with the sources that they occur in."""
    return {**population.unlifted, **{f"{text}: {reason}": where for text, reason, where in tally.refused}}


def _report(population: Population, tally: Tally) -> None:
    counts = sorted(tally.executed.items())
    for n in range(0, len(counts), 6):
        print("  ".join(f"{name:12}{count:7}" for name, count in counts[n : n + 6]))
    total = tally.executed.total()
    print(f"\n{tally.runs} runs, {tally.symbolic} of them over symbols; {total} instructions compared,")
    print(f"{len(tally.encodings)} of {len(population.items)} encodings, {len(counts)} of {len(MODELLED)} mnemonics")
    print(f"not executed by either: {', '.join(sorted(MODELLED - set(tally.executed))) or 'none'}")
    print(f"skipped {tally.skipped.total()}, faults in both {tally.faults.total()}")
    for what, where in sorted(refusals(population, tally).items()):
        print(f"refused: {what} ({', '.join(sorted(where))})")
    for text in tally.disagreements[:20]:
        print(f"DISAGREEMENT {text}")
    print(f"{len(tally.disagreements)} disagreements")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 1 if there is a disagreement."""
    parser = argparse.ArgumentParser(description="Compare the proof engine with Unicorn on random runs.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="do this run of the seed and no other")
    parser.add_argument("--symbolic", type=float, default=SYMBOLIC, help="share of runs over symbols")
    options = parser.parse_args(arguments)
    chosen = population()
    simulation = Simulation(chosen, options.seed, options.symbolic)
    gc.freeze()  # angr's own objects stay; looking at them again and again takes a fifth of the time
    for number in range(options.runs) if options.only is None else (options.only,):
        simulation.run(number)
    _report(chosen, simulation.tally)
    return 1 if simulation.tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
