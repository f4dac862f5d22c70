"""Which instructions tdxprove models, and what is known of those that VEX does not know.

Only what is on the list here is executed: VEX lifts others to something that is wrong or empty (swapgs and moves to
control registers become no-ops, `ud2` falls through at optimisation level 0 in 9.2.213). Co-simulation against an
emulator covers the list (tests/test_cosimulation.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import capstone

from tdxprove.registers import whole

TDX_ENCODINGS: Final = {
    "tdcall": bytes.fromhex("660f01cc"),
    "seamret": bytes.fromhex("660f01cd"),
    "seamops": bytes.fromhex("660f01ce"),
    "seamcall": bytes.fromhex("660f01cf"),
}
"""LLVM llvm/lib/Target/X86/X86InstrTDX.td; the 66 prefix is part of the opcode."""

_CONDITIONS = "a ae b be e g ge l le ne no np ns o p s".split()
_PLAIN = """
    mov movabs movzx movsx movsxd lea push pop xchg add sub adc sbb inc dec neg not and or xor test cmp shl sal shr sar
    rol ror rcl rcr bt bts btr btc bsf bsr bswap imul mul div idiv cdq cqo cdqe cwde cbw cwd shld shrd jmp call ret
    leave nop endbr64 cld std clc stc cmc lahf sahf stosb stosw stosd stosq movsb movsw movsd movsq lodsb lodsw lodsd
    lodsq cmpsb cmpsw cmpsd cmpsq scasb scasw scasd scasq pause lfence sfence mfence cmpxchg xadd popcnt tzcnt movbe
    andn blsi blsr blsmsk rorx sarx shlx shrx mulx bzhi
    sgdt sidt movdir64b pushfq popfq prefetcht0 prefetcht1 prefetcht2 prefetchnta
    movaps movups movapd movupd movdqa movdqu movq movd movhps movlps movhpd movlpd movhlps movlhps
    punpcklqdq punpckhqdq punpckldq punpckhdq unpcklps unpckhps unpcklpd unpckhpd pshufd shufps shufpd
    pxor por pand pandn xorps xorpd orps andps andnps paddq paddd psubq psubd pcmpeqd psllq psrlq pslldq psrldq
    paddb paddw psubb psubw pcmpeqb pcmpeqw pcmpeqq pcmpgtb pcmpgtw pcmpgtd pcmpgtq psllw pslld psraw psrad psrlw psrld
    pmullw pmulld pmulhw pmulhuw pmuludq pmuldq pmaddwd pminub pminuw pminud pminsb pminsw pminsd pmaxub pmaxuw pmaxud
    pmaxsb pmaxsw pmaxsd pabsb pabsw pabsd packsswb packssdw packuswb packusdw punpcklbw punpckhbw punpcklwd punpckhwd
    pshuflw pshufhw pshufb palignr pblendw pmovzxbw pmovzxbd pmovzxbq pmovzxwd pmovzxwq pmovzxdq pmovsxbw pmovsxbd
    pmovsxbq pmovsxwd pmovsxwq pmovsxdq pinsrb pinsrw pinsrd pinsrq pextrb pextrw pextrd pextrq pmovmskb movmskps
    movmskpd ptest movss movddup lddqu movnti movntdq movntps movntpd
""".split()
_LOCKED = {f"lock {name}" for name in "add sub and or xor inc dec bts btr btc cmpxchg xadd".split()}
_REPEATED = {f"rep {name}{size}" for name in ("stos", "movs") for size in "bwdq"}
_SEARCHES = {f"{prefix} {name}{size}" for prefix in ("repe", "repne") for name in ("cmps", "scas") for size in "bwdq"}
MODELLED: Final = frozenset(
    [*_PLAIN, *_REPEATED, *_SEARCHES, *_LOCKED, "repz ret", "rep ret", "notrack jmp"]
    + ["jrcxz", "jecxz", "loop", "loope", "loopne"]
    + [f"{stem}{condition}" for stem in ("j", "set", "cmov") for condition in _CONDITIONS]
)
"""capstone's names of the instructions that VEX lifts and angr executes as the manual says."""

_BY_HAND: Final = frozenset("div idiv cmpxchg xadd tzcnt bsf bsr bzhi sgdt sidt movdir64b".split())
TRAPS: Final = frozenset({"ud2", "ud1", "ud0", "int3"})
"""Instructions that raise an exception and do nothing else."""

FLAG_WRITES: Final = {"sti": ("if", 1), "cli": ("if", 0), "stac": ("ac", 1), "clac": ("ac", 0)}
"""Instructions that VEX does not know and that set or clear one flag (Intel SDM volume 2)."""

REPORTS: Final = {
    "cpuid": ("rax", "rbx", "rcx", "rdx"),
    "rdtsc": ("rax", "rdx"),
    "rdtscp": ("rax", "rdx", "rcx"),
    "xgetbv": ("rax", "rdx"),
    "rdmsr": ("rax", "rdx"),
    "in": ("rax",),
}
"""Instructions whose results depend on the machine, with the registers that they set: their lower half with the upper
cleared, or what operands name (Intel SDM volume 2). In a TD they may end in a #VE handler that asks the VMM."""

ASKS: Final = {"cpuid": ("rax", "rcx"), "rdmsr": ("rcx",), "xgetbv": ("rcx",), "in": ("rdx",)}
"""Registers whose lower halves say what such an instruction reports of (Intel SDM volume 2)."""

TELLS: Final = frozenset({"hlt", "out", "wrmsr"})
"""Instructions that change no general register and no flag, and in a TD may end in a #VE handler that tells the VMM:
`hlt`, which ends with an interrupt, and where a port or an MSR is written (Intel SDM volume 2)."""

CACHES: Final = frozenset({"clflush", "clflushopt", "clwb"})
"""Instructions that only write a line of the caches back: no register, flag or byte of memory changes (Intel SDM volume
2)."""

SEGMENT_MSRS: Final = (0xC000_0100, 0xC000_0101)
"""MSRs that say where memory behind %fs and %gs is (Intel SDM volume 4, IA32_FS_BASE and IA32_GS_BASE)."""

FOREIGN_CALLS: Final = frozenset({"vmcall", "vmmcall"})
"""Calls to a hypervisor that is not the one of a TD: #VE and #UD there, which no handler continues (Intel TDX Module
Base Architecture Specification, instructions that cause a #VE unconditionally; Linux arch/x86/coco/tdx/tdx.c)."""

_SELECTOR: Final = re.compile(r"(?P<to>(?P<wide>[er])?[a-ds][xip]|r\d+(?P<part>[dw]?)), (?P<what>[c-gs]s|cr[02348])")
"""`mov` of a segment register, or of a control register, which is always to 64 bits (Intel SDM volume 2, MOV)."""

_PORT_BITS: Final = {"al": 8, "ax": 16, "eax": 32}
_BIT_TESTS = frozenset({"bt", "bts", "btr", "btc"})
_STRANGE_OPERANDS = "cr0 cr2 cr3 cr4 cr8 dr0 dr1 dr2 dr3 dr6 dr7 st( ymm zmm".split()
_STRANGE_REGISTERS = frozenset({"cs", "ds", "es", "fs", "gs", "ss", *(f"mm{number}" for number in range(8))})
"""Segment registers, and those of MMX, which are the x87 unit's."""


class UnsupportedInstructionError(Exception):
    """The bytes are no instruction that tdxprove models."""


@dataclass(frozen=True)
class Decoded:
    """One instruction: its length in bytes, capstone's name for it, and its operands as text."""

    size: int
    mnemonic: str
    operands: str

    def __str__(self) -> str:
        return f"{self.mnemonic} {self.operands}".rstrip()

    def target(self, address: int) -> int | None:
        """Where a direct jump or call at `address` leads; None of any other instruction."""
        # Decoded at address 0: the operand is the distance, and capstone writes those below 10 without 0x.
        if not self.mnemonic.rpartition(" ")[2].startswith(("j", "loop", "call")) or not self.operands[:1].isdigit():
            return None
        return (address + int(self.operands, 0)) % (1 << 64)

    @property
    def reports(self) -> tuple[str, ...]:
        """Registers that it sets to what the machine says: a segment's selector is that, too, or a control register."""
        if (found := self._read) is not None:
            return tuple(filter(None, [whole(found["to"])]))
        return REPORTS.get(self.mnemonic, ())

    @property
    def reported_bits(self) -> int:
        """How many bits of each it sets: of 32, the upper ones are cleared, of fewer, they stay."""
        if self.mnemonic == "in":
            return _PORT_BITS[self.operands.partition(",")[0]]
        if (found := self._read) is None:
            return 32
        if found["what"].startswith("cr"):
            return 64
        return 16 if not found["wide"] and found["part"] in {None, "w"} else 32

    @property
    def _read(self) -> re.Match[str] | None:
        return _SELECTOR.fullmatch(self.operands) if self.mnemonic == "mov" else None

    @property
    def asks(self) -> tuple[str, ...]:
        """Registers that say what it reports of."""
        if self.mnemonic == "in" and not self.operands.endswith("dx"):  # the number of the port is in the code
            return ()
        return ASKS.get(self.mnemonic, ())

    @property
    def address_registers(self) -> tuple[str, ...]:
        """Registers that an address in its operands is made of."""
        named = re.findall(r"[a-z]\w*", " ".join(re.findall(r"\[(.*?)\]", self.operands)))
        return tuple(full for full in map(whole, named) if full is not None)


_capstone = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)


@lru_cache(maxsize=65536)
def decode(code: bytes) -> Decoded:
    """Name and length of the first instruction in `code` (which holds up to 15 bytes).

    Raises:
        UnsupportedInstructionError: no instruction starts here.
    """
    for name, encoding in TDX_ENCODINGS.items():
        if code.startswith(encoding):
            return Decoded(4, name, "")
    for _, size, mnemonic, operands in _capstone.disasm_lite(code, 0, 1):
        return Decoded(size, mnemonic, operands)
    raise UnsupportedInstructionError(f"bytes {code[:8].hex(' ')} are not an instruction")


def is_modelled(decoded: Decoded) -> bool:
    """May it be executed, by VEX or by hand? Some only with operands that those know."""
    if decoded.mnemonic not in MODELLED or (decoded.mnemonic == "cmpsd" and "xmm" in decoded.operands):
        return False
    if any(text in decoded.operands.replace("zmmword ptr", "") for text in _STRANGE_OPERANDS):
        return False
    return not _STRANGE_REGISTERS.intersection(part.strip() for part in decoded.operands.split(","))


def is_by_hand(decoded: Decoded) -> bool:
    """Is it one that tdxprove.by_hand does, instead of VEX?"""
    name = decoded.mnemonic.removeprefix("lock ")
    indexed = name in _BIT_TESTS and not decoded.operands.rpartition(", ")[2][0].isdigit()
    return indexed or name in _BY_HAND
