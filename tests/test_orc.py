"""Kernels without symbols and kallsyms: functions by the kernel's own tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.image import load_images
from tdxprove.selection import Options
from tdxprove.verdict import Status
from tests.kernel_files import BASE, TDCALL, link, stripped

WRAPPER = f"xor %eax, %eax; mov $0x400, %ecx; xor %r10d, %r10d; {TDCALL}; jmp thunk"
SAVES = f"push %rbx; xor %ebx, %ebx; mov $0x400, %ecx; xor %eax, %eax; xor %r10d, %r10d; {TDCALL}; pop %rbx"
AT_ENTRY, PUSHED, UNDEFINED = (8, 5), (16, 5), (0, 0)


def kernel(folder: Path, entries: list[tuple[str, tuple[int, int]]], tables: str = "") -> Path:
    """A stripped kernel with two wrappers, the thunk that they return through, and ORC entries at labels."""
    places = "\n".join(f".long {label} - ." for label, _ in entries)
    unwind = "\n".join(f".short {offset}, 0, {register | 0x200}" for _, (offset, register) in entries)
    text = f"""
        .text
        .globl _text
        _text: .fill 16, 1, 0x90
        wrapper: {WRAPPER}
        padding: .skip 16, 0xcc
        saves: {SAVES.replace("; xor %ebx", "; pushed: xor %ebx", 1)}
        popped: jmp thunk
        after: .skip 16, 0xcc
        thunk: jmp 1f
        1: ret
        behind: .skip 16, 0xcc
        .section __ex_table, "a"
        .long wrapper - ., saves - ., 1
        .section .rodata, "a"
        .asciz "Linux version 6.12.1 (test)"
        .section .orc_unwind_ip, "a"
        {places}
        .section .orc_unwind, "a"
        {unwind}
        {tables}
        .section .note.GNU-stack, "", @progbits
        .section .rodata, "a"
    """
    return stripped(link(folder, text))


ENTRIES = [
    ("_text", AT_ENTRY), ("padding", UNDEFINED),
    ("saves", AT_ENTRY), ("pushed", PUSHED), ("popped", AT_ENTRY), ("after", UNDEFINED),
    ("thunk", AT_ENTRY), ("behind", UNDEFINED),
]  # fmt: skip
SITES = '.section .return_sites, "a"\n.long popped - ., popped - .'


def test_functions_end_where_nothing_is_described_and_begin_behind_what_may_be_patched(tmp_path: Path) -> None:
    (image,) = load_images(kernel(tmp_path, ENTRIES))
    first, second, third = image.functions()
    assert first.address == BASE + 16
    assert (first.name, second.name) == (f"sub_{BASE + 16:x}", f"sub_{second.address:x}")
    assert second.address == first.address + first.size + 16
    assert third.address == second.address + second.size + 16
    assert [site.symbol for site in image.sites] == [first, second]


def test_they_are_judged(tmp_path: Path) -> None:
    report = prove([kernel(tmp_path, ENTRIES, SITES)], Options())
    assert {verdict.status for verdict in report.verdicts} == {Status.PROVED}
    assert (report.exit_status, len(report.sites)) == (0, 2)
    assert any("run-time patching (return thunk)" in text for text in report.assumptions)


@pytest.mark.parametrize(
    "sites",
    [
        '.section .return_sites, "a"\n.long popped - ., wrapper - .',  # no jump
        '.section .return_sites, "a"\n.long popped - ., thunk - .',  # two places
        '.section .return_sites, "a"\n.short 1',
    ],
)
def test_a_thunk_is_believed_only_where_all_sites_lead_there(tmp_path: Path, sites: str) -> None:
    (image,) = load_images(kernel(tmp_path, ENTRIES, sites))
    assert image.symbol("__x86_return_thunk") is None
    assert len(image.functions()) == 3


@pytest.mark.parametrize(
    "entries",
    [
        [("_text", PUSHED), ("padding", UNDEFINED)],  # begins as no function does
        [("_text", AT_ENTRY)],  # has no end
        [("padding", AT_ENTRY), ("_text", UNDEFINED)],  # ends before it begins
    ],
)
def test_what_is_no_function_is_none(tmp_path: Path, entries: list[tuple[str, tuple[int, int]]]) -> None:
    path = kernel(tmp_path, entries)
    (image,) = load_images(path)
    assert not [symbol for symbol in image.functions() if symbol.address < BASE + 0x1000]
    assert prove([path], Options()).exit_status == 3
