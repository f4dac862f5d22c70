"""A static function without a contract is judged as a part of its callers, where all of them are known and proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.selection import Options
from tests.helpers import TDCALL, function

LOCAL = f"\n.type local, @function\nlocal:\nxor %eax, %eax\n{TDCALL}\nret\n.size local, . - local\n"
NEXT = "\n.type next, @function\nnext:\npush %r14\ncall local\npop %r14\nret\n.size next, . - next\n"


def body(mask: int = 0x1C00, callee: str = "local") -> str:
    """A function that saves r12 and leaves the call itself to a static function, which takes the mask as it is."""
    return f"""
        push %r12
        mov %rdi, %r12
        mov ${mask}, %ecx
        mov $0x1f, %r11d
        xor %r10d, %r10d
        call {callee}
        mov %r11, %rax
        pop %r12
        ret"""


@pytest.mark.parametrize(("callee", "rest"), [("local", LOCAL), ("next", LOCAL + NEXT)])
def test_callers_that_are_proved_speak_for_what_only_they_call(callee: str, rest: str, tmp_path: Path) -> None:
    report = prove([function(tmp_path, body(callee=callee), rest=rest)], Options())
    assert report.exit_status == 0
    assert {verdict.symbol for verdict in report.verdicts} <= {"my_vmcall", "next"}
    assert any(text.startswith("local is called by ") for text in report.assumptions)


def test_a_caller_that_is_wrong_does_not(tmp_path: Path) -> None:
    report = prove([function(tmp_path, body(mask=0x2C00), rest=LOCAL)], Options())
    assert report.exit_status == 1
    assert {verdict.symbol for verdict in report.verdicts if verdict.status.value == "refuted"} == {
        "my_vmcall",
        "local",
    }


@pytest.mark.parametrize(
    "rest",
    [
        LOCAL + ".globl local\n",
        LOCAL + ".data\n.quad local\n",
        LOCAL + ".text\nlea local(%rip), %rax\nret\n",
        LOCAL + ".text\npush local@GOTPCREL(%rip)\nret\n",
        LOCAL + ".text\nor local@GOTPCREL(%rip), %rax\njmp *%rax\n",
        LOCAL + '.section .initcall6.init, "a"\n.long local - .\n',
    ],
)
def test_nor_where_others_may_call(rest: str, tmp_path: Path) -> None:
    report = prove([function(tmp_path, body(), rest=rest)], Options())
    assert report.exit_status == 1
    assert {verdict.symbol for verdict in report.verdicts if verdict.status.value == "refuted"} == {"local"}


REPLACED = """
.type other, @function
other:
661: .nops 5
662: ret
.size other, . - other
.section .altinstructions, "a"
.long 661b - ., 663f - ., 3
.byte 5, 5
.section .altinstr_replacement, "ax"
663: call local
"""
JUMP_LABEL = """
.type other, @function
other:
1: .byte 0x0f, 0x1f, 0x44, 0, 0
ret
.size other, . - other
.section __jump_table, "aw"
.long 1b - ., local - .
.quad key - .
.data
key: .quad 0, 0
"""


@pytest.mark.parametrize("other", [REPLACED, JUMP_LABEL])
def test_nor_where_code_that_the_kernel_puts_elsewhere_calls(other: str, tmp_path: Path) -> None:
    report = prove([function(tmp_path, body(), rest=LOCAL + ".globl other\n" + other)], Options())
    assert report.exit_status == 1
    assert {verdict.symbol for verdict in report.verdicts if verdict.status.value == "refuted"} >= {"local", "other"}


def test_nor_where_a_caller_is_left_out(tmp_path: Path) -> None:
    report = prove([function(tmp_path, body(), rest=LOCAL)], Options(symbols=("local",)))
    assert report.exit_status == 1


def test_nor_for_one_that_has_a_contract(tmp_path: Path) -> None:
    rest = LOCAL.replace("local", "tdvmcall_halt")
    path = function(tmp_path, body(callee="tdvmcall_halt"), rest=rest)
    report = prove([path], Options(("seed",)))
    assert "tdvmcall_halt" in {verdict.symbol for verdict in report.verdicts if verdict.status.value == "refuted"}
