"""Four encodings are TDX instructions and end a block as such; whatever is not modelled is refused by its name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tdxprove.instructions import FLAG_WRITES, MODELLED, TDX_ENCODINGS, TRAPS, UnsupportedInstructionError, decode
from tdxprove.lift import JUMPKIND, lift

BASE = 0xFFFFFFFF90000000
NOP = b"\x90"
OTHERS = """
    swapgs; mov %cr0, %rax; mov %cr2, %rax; mov %rax, %cr3; mov %cr4, %rcx; mov %rcx, %cr8; mov %dr7, %rax; mov %rax,
    %dr0; mov %ds, %eax; mov %eax, %es; mov %eax, %ss; push %fs; pop %gs; cpuid; rdmsr; wrmsr; rdtsc; rdtscp; rdrand
    %rax; rdseed %rax; rdpmc; rdpkru; wrpkru; rdfsbase %rax; wrgsbase %rax; syscall; sysenter; sysretq; sysexit; iretq;
    int $0x80; in %dx, %al; in $0x70, %eax; out %al, %dx; rep insb; rep outsb; vmcall; vmmcall; vmlaunch; vmresume;
    vmread %rax, %rcx; vmwrite %rax, %rcx; invlpg (%rax); invd; wbinvd; clts; lgdt (%rax); lidt (%rax); ltr %ax; str
    %ax; lmsw %ax; smsw %eax; xsetbv; xgetbv; xsave (%rax); xrstor (%rax); fxsave (%rax); ldmxcsr (%rax); stmxcsr
    (%rax); fninit; fld1; fldl (%rax); fstpl (%rax); faddp; fwait; fxch %st(1); emms; paddb %mm1, %mm0; addsd %xmm1,
    %xmm0; cvtsi2sd %rax, %xmm0; vpxor %xmm0, %xmm1, %xmm2; vmovdqa %ymm0, (%rax); vzeroupper; aesenc %xmm0, %xmm1;
    cmpxchg8b (%rax); lock adcl $1, (%rax); cmpxchg16b (%rax); bextr %rax, %rcx, %rdx; pdep
    %rax, %rcx, %rdx; cmpeqsd %xmm1, %xmm0; enter $16, $0; monitor; mwait; clflush (%rax); crc32b
    %al, %ecx; lzcnt %rax, %rcx; xlat; lar %ax, %cx; verr %ax; lret; lcall *(%rax); ljmp *(%rax); encls; enclu; getsec;
    rsm; serialize; popfw; pushfw; {evex} vpaddd %zmm0, %zmm1, %zmm2; rdsspq %rax; incsspq %rax; endbr32; xbegin .;
    xend
"""
"""Instructions that VEX lifts wrongly or not at all, or whose effect nobody models: AT&T syntax."""


@pytest.fixture(scope="module")
def assemble(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of every instruction of `OTHERS`, by its text."""
    folder = tmp_path_factory.mktemp("lift")
    return {text: encode(text, folder) for text in instructions()}


def instructions() -> list[str]:
    """The instructions of `OTHERS`."""
    return [" ".join(text.split()) for text in OTHERS.split(";")]


def encode(text: str, folder: Path) -> bytes:
    """The machine code of one instruction."""
    source, target, raw = folder / "x.s", folder / "x.o", folder / "x.bin"
    source.write_text(text + "\n")
    subprocess.run(["as", "-o", target, source], check=True, capture_output=True)
    subprocess.run(["objcopy", "-O", "binary", "-j", ".text", target, raw], check=True)
    return raw.read_bytes()


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("tdcall", "660f01cc"), ("seamret", "660f01cd"), ("seamops", "660f01ce"), ("seamcall", "660f01cf")],
)
def test_tdx_instructions_lift_to_their_own_jump_kind(name: str, encoding: str) -> None:
    """Golden: four bytes, a jump to what follows, no effect, and no jump kind that means a system call."""
    code = bytes.fromhex(encoding)
    assert TDX_ENCODINGS[name] == code
    block = lift(code + NOP * 11, BASE)
    assert (block.size, block.instructions, block.jumpkind) == (4, 1, JUMPKIND + name)
    assert block.next.con.value == BASE + 4
    assert not block.jumpkind.startswith("Ijk_Sys")
    effects = {statement.tag for statement in block.statements} - {"Ist_IMark", "Ist_NoOp", "Ist_AbiHint"}
    assert not effects
    assert (decode(code).mnemonic, decode(code).size) == (name, 4)


@pytest.mark.parametrize(
    "encoding",
    [
        *(f"0f01{last:02x}" for last in range(0xCC, 0xD0)),  # without the mandatory prefix
        *(f"f20f01{last:02x}" for last in range(0xCC, 0xD0)),
        *(f"f30f01{last:02x}" for last in range(0xCC, 0xD0)),
        *(f"660f01{last:02x}" for last in (0xC0, 0xC1, 0xC8, 0xC9, 0xCA, 0xCB, 0xD0, 0xD1, 0xEC)),
        "660f00cc",
        "660f02cc",
        "67660f01cc",
        "660f01",
    ],
)
def test_near_misses_are_no_tdx_instructions(encoding: str) -> None:
    """One byte more, less or other: nothing that becomes a TDX call, and nothing that is stepped over."""
    code = bytes.fromhex(encoding)
    try:
        decoded = decode(code)
    except UnsupportedInstructionError:
        return
    assert decoded.mnemonic not in TDX_ENCODINGS
    with pytest.raises(UnsupportedInstructionError):
        lift(code, BASE)


def test_a_tdx_encoding_inside_another_instruction_is_none() -> None:
    block = lift(bytes.fromhex("b8660f01cc"), BASE)  # mov $0xcc010f66, %eax
    assert (block.size, block.jumpkind) == (5, "Ijk_Boring")


@pytest.mark.parametrize("text", instructions())
def test_what_is_not_modelled_is_refused_by_name(text: str, assemble: dict[str, bytes]) -> None:
    """The message names the instruction: what a reader needs to find it in the disassembly."""
    code = assemble[text]
    with pytest.raises(UnsupportedInstructionError) as refusal:
        lift(code + NOP * (15 - len(code)), BASE)
    message = str(refusal.value)
    try:
        mnemonic = decode(code).mnemonic
    except UnsupportedInstructionError:
        assert message.startswith(f"bytes {code[:8].hex(' ')}")
        return
    assert f"instruction '{mnemonic}" in message
    # Far jumps and calls go by the names of near ones; VEX refuses their encoding.
    assert message.endswith("cannot be lifted" if text.startswith(("lcall", "ljmp")) else "is not modelled")


def test_bytes_that_are_no_instruction_are_refused() -> None:
    for code in (b"", b"\x06", b"\xff\xff\xff", b"\x0f\x0a", b"\x66"):
        with pytest.raises(UnsupportedInstructionError, match="not an instruction"):
            lift(code, BASE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ret", "Ijk_Ret"),
        ("call *%rax", "Ijk_Call"),
        ("jmp *%rax", "Ijk_Boring"),
        ("mov %gs:0x28, %rax", "Ijk_Boring"),
        ("pushfq", "Ijk_Boring"),
        ("popfq", "Ijk_Boring"),
        ("mov %rax, %rbx", "Ijk_Boring"),
        ("rep stosq", "Ijk_Boring"),
    ],
)
def test_what_is_modelled_is_one_instruction_per_block(text: str, kind: str, tmp_path: Path) -> None:
    code = encode(text, tmp_path)
    block = lift(code + NOP * 8, BASE)
    assert (block.size, block.instructions, block.jumpkind) == (len(code), 1, kind)


@pytest.mark.parametrize("text", ["ud2", "int3", "sti", "cli", "stac", "clac", "hlt"])
def test_what_the_executor_does_itself_never_reaches_the_lifter(text: str, tmp_path: Path) -> None:
    """VEX lets `ud2` fall through and does not know the others: were they lifted, they would do nothing."""
    code = encode(text, tmp_path)
    mnemonic = decode(code).mnemonic
    assert mnemonic == text
    assert mnemonic not in MODELLED
    assert mnemonic in {*TRAPS, *FLAG_WRITES, "hlt"}
    with pytest.raises(UnsupportedInstructionError, match=f"'{text}' is not modelled"):
        lift(code, BASE)
