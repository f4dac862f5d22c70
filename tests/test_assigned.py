"""Variables that point to code, in linked files that name nothing: functions are found by control flow."""

import subprocess
from pathlib import Path

import pytest

from tdxprove.assigned import assigned
from tdxprove.check import prove
from tdxprove.selection import Options
from tdxprove.verdict import Status
from tests.helpers import TDCALL, load

CODE = f"""
    .text
    .globl _start
_start:
    call setup
    call halt
    call print
    hlt
    jmp . - 1
    .balign 16
halt:
    push %r12
    mov %edi, %r12d
    mov $0x43, %esi
    call *port+8(%rip)
    xor %r10d, %r10d
    mov $0x10003, %r11d
    mov $0x1c00, %ecx
    xor %eax, %eax
    {TDCALL}
    pop %r12
    ret
    .balign 16
setup:
    lea write(%rip), %rax
    mov %rax, port+8(%rip)
    test %edi, %edi
    jz 1f
    lea log(%rip), %rax
    mov %rax, port+8(%rip)
1:  cmp $3, %edi
    ja cold
    ret
    .balign 16
write:
    mov %esi, %eax
    mov %edi, %edx
    out %al, %dx
    ret
    .balign 16
log:
    out %al, $0x80
    ret
    .balign 16
print:
    push %rbx
    lea port(%rip), %rbx
    {{use}}
    call *8(%rbx)
    pop %rbx
    ret
    .balign 16
far:
    ret
    .balign 16
cold:
    {{cold}}
    ret
    .data
    .zero 4096
port: .quad 0, 0
    .section .note.GNU-stack, "", @progbits
"""


def linked(folder: Path, use: str = "nop", cold: str = "nop") -> Path:
    """An executable without symbols, in which `print` uses the variable, and `setup` has a part at the end."""
    source, target = folder / "x.s", folder / "x"
    source.write_text(CODE.format(use=use, cold=cold))
    flags = ["-nostdlib", "-static", "-Wl,-z,separate-code", "-Wl,--build-id=none"]
    subprocess.run(["gcc", *flags, "-s", "-o", str(target), str(source)], check=True, capture_output=True)
    return target


def variable(path: Path) -> int:
    """The address of the function pointer: the second word behind the zeros."""
    return next(section.address for section in load(path).sections if section.name == ".data") + 4096 + 8


def test_every_function_that_is_assigned_is_followed(tmp_path: Path) -> None:
    path = linked(tmp_path)
    image = load(path)
    found = assigned(image, variable(path))
    assert not isinstance(found, str)
    assert len(found) == 2
    assert found <= {symbol.address for symbol in image.functions()}
    report = prove([path], Options(("seed",)))
    assert {verdict.status for verdict in report.verdicts} == {Status.PROVED}
    assert any("which code of the file assigns to it" in assumption for assumption in report.assumptions)


@pytest.mark.parametrize(
    ("use", "cold", "why"),
    [
        ("mov %rbx, %rdi; call far", "nop", "given away by 'mov rdi, rbx'"),
        ("mov %rdi, 8(%rbx)", "nop", "given away by 'mov qword ptr [rbx + 8], rdi'"),
        ("lea 8(%rbx), %rbx", "nop", "given away by 'lea rbx, [rbx + 8]'"),
        ("push %rbx; pop %rcx", "nop", "given away by 'push rbx'"),
        ("xchg %rbx, %rcx", "nop", "given away by 'xchg"),
        ("mov $0, %bl", "nop", "given away by 'mov bl, 0'"),
        ("rdtsc; jmp *%rax", "nop", "given away by 'jmp rax'"),
        ("nop", "mov %rdi, port+8(%rip)", "assigns what is not known"),
        ("nop", "mov %edi, port+8(%rip)", "changes it"),
        ("nop", "movups %xmm0, port(%rip)", "changes it"),
        ("nop", "lea port+16(%rip), %rax; lock incq port+8(%rip)", "changes it"),
        ("nop", "lea port-64(%rip), %rdi; mov $32, %ecx; rep stosq", "given away by 'rep stosq"),
        ("nop", "mov $port+8, %edi; call far", "may take its address"),
        ("nop", "mov $port+8, %rdi; call far", "given away by 'call"),
        ("nop", "mov port+8(,%rdi,8), %rax", "may take its address"),
        ("nop", "movq $port, port+8(%rip)", "may take its address"),
        ("nop", "movq $0x1234, port+8(%rip)", "where no code is"),
    ],
)
def test_whatever_else_is_done_with_it_leaves_it_unknown(tmp_path: Path, use: str, cold: str, why: str) -> None:
    path = linked(tmp_path, use, cold)
    found = assigned(load(path), variable(path))
    assert isinstance(found, str)
    assert why in found
    report = prove([path], Options(("seed",)))
    assert not any(verdict.status is Status.REFUTED for verdict in report.verdicts)
    assert report.exit_status == 3


@pytest.mark.parametrize(
    ("use", "cold"),
    [
        ("cmpq $0, 8(%rbx); jz 1f; call far; 1: ", "nop"),
        ("mov 8(%rbx), %rax; test %rax, %rax", "movq $log, port+8(%rip)"),
        ("nop", "mov port+8(%rip), %rax; call *%rax"),
        ("nop", "mov %rdi, port(%rip); incl port+16(%rip)"),
    ],
)
def test_reading_it_and_writing_beside_it_does_no_harm(tmp_path: Path, use: str, cold: str) -> None:
    path = linked(tmp_path, use, cold)
    assert len(assigned(load(path), variable(path))) == 2
