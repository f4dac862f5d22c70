"""What a loader makes of a linked file is what is judged, or nobody knows: dynamic relocations."""

import struct
import subprocess
from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.elf_headers import parse
from tdxprove.selection import Options
from tdxprove.verdict import Status
from tests.helpers import TDCALL, patched, refusal

DT_RELA, DT_ANDROID_RELA, DT_REL, DT_CREL = 7, 0x60000011, 17, 0x40000026
SHT_PROGBITS = 1
_TYPE_AT = 4

CODE = f"""
    .text
    .globl f
    .hidden f
    .type f, @function
    .balign 16
f:  xor %eax, %eax
    xor %r10d, %r10d
    .byte 0x90
    {{load}}
    mov $0xc00, %ecx
    {TDCALL}
    ret
    .size f, . - f
    {{data}}
    .section .note.GNU-stack, "", @progbits
"""
OWN_ADDRESS = CODE.format(load="movabs $f, %r11", data="")
FROM_TABLE = CODE.format(load="mov table(%rip), %r11", data='.section .rodata, "a"\n.balign 8\ntable: .quad f')
NUMBER = CODE.format(load="movabs $0x1000, %r11", data='.section .data.rel.ro, "aw"\n.quad f')


def shared(folder: Path, text: str, *options: str) -> Path:
    """A shared object of a source text, which may have relocations anywhere."""
    source, target = folder / "x.s", folder / "x.so"
    source.write_text(text)
    command = ["gcc", "-shared", "-nostdlib", "-Wl,-z,notext", "-Wl,-z,separate-code", *options, "-o", target, source]
    subprocess.run(command, check=True, capture_output=True)
    return target


def exit_status(path: Path) -> int:
    """Of a run with the generic contract."""
    return prove([path], Options(contracts=("seed",))).exit_status


@pytest.mark.parametrize("text", [OWN_ADDRESS, FROM_TABLE])
def test_an_address_that_the_loader_writes_is_no_number(tmp_path: Path, text: str) -> None:
    report = prove([shared(tmp_path, text)], Options(contracts=("seed",)))
    assert {v.status for v in report.verdicts if v.obligation == "complete"} == {Status.INCOMPLETE}
    assert report.exit_status == 3


def test_relocations_of_writable_data_do_not_matter(tmp_path: Path) -> None:
    assert exit_status(shared(tmp_path, NUMBER)) == 0


def test_packed_relative_relocations(tmp_path: Path) -> None:
    packed = "-Wl,-z,pack-relative-relocs"
    assert exit_status(shared(tmp_path, NUMBER, packed)) == 0
    for text in (OWN_ADDRESS, FROM_TABLE):
        assert "packed relocations of code or of read-only data" in refusal(shared(tmp_path, text, packed))


@pytest.mark.parametrize("tag", [DT_ANDROID_RELA, DT_REL, DT_CREL])
def test_relocations_in_another_form_are_refused(tmp_path: Path, tag: int) -> None:
    path = shared(tmp_path, OWN_ADDRESS)
    data = memoryview(path.read_bytes())
    (dynamic,) = (h for h in parse(str(path), data).headers if h.name == ".dynamic")
    at = next(at for at in range(dynamic.offset, dynamic.offset + dynamic.size, 16) if data[at] == DT_RELA)
    assert "in a form that is not read" in refusal(patched(path, at, struct.pack("<Q", tag)))


def test_relocations_of_which_no_section_tells_are_refused(tmp_path: Path) -> None:
    path = shared(tmp_path, OWN_ADDRESS)
    data = memoryview(path.read_bytes())
    (table,) = (h.index for h in parse(str(path), data).headers if h.name == ".rela.dyn")
    headers, width = struct.unpack_from("<Q", data, 40)[0], 64
    at = headers + width * table + _TYPE_AT
    assert "of which no section tells" in refusal(patched(path, at, struct.pack("<I", SHT_PROGBITS)))
