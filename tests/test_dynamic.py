"""What a loader makes of a linked file is what is judged, or nobody knows: dynamic relocations."""

import struct
import subprocess
from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.elf_headers import parse
from tdxprove.selection import Options
from tdxprove.verdict import Status
from tests.helpers import TDCALL, load, patched, refusal

DT_RELA, DT_ANDROID_RELA, DT_REL, DT_CREL = 7, 0x60000011, 17, 0x40000026
SHT_PROGBITS, SHT_RELR = 1, 19
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
COMPUTED = CODE.format(load="lea f(%rip), %r11", data="")
PROTECTED = '.section .data.rel.ro, "aw"\n.balign 8\ntable: .quad {what}'
THROUGH_TABLE = CODE.format(
    load="call *table(%rip)",
    data="g: mov $0x10001, %r11d\nret\n" + PROTECTED.format(what="g"),
)
FROM_PROTECTED = CODE.format(load="mov table(%rip), %r11", data=PROTECTED.format(what="f"))
NUMBER = CODE.format(load="movabs $0x1000, %r11", data='.section .data.rel.ro, "aw"\n.quad f')


def linked(folder: Path, text: str, kind: str, *options: str) -> Path:
    """A shared object or executable of a source text, which may have relocations anywhere."""
    source, target = folder / "x.s", folder / "x.so"
    source.write_text(text)
    flags = ["-nostdlib", "-Wl,-z,notext", "-Wl,-z,separate-code", "-Wl,-e,f", *options]
    subprocess.run(["gcc", kind, *flags, "-o", str(target), str(source)], check=True, capture_output=True)
    return target


def shared(folder: Path, text: str) -> Path:
    """A shared object."""
    return linked(folder, text, "-shared")


def refuted(path: Path) -> list[tuple[str, str]]:
    """Obligations that are refuted by the generic contract, with the messages."""
    report = prove([path], Options(contracts=("seed",)))
    return [(v.obligation, v.message) for v in report.verdicts if v.status is Status.REFUTED]


def exit_status(path: Path) -> int:
    """Of a run with the generic contract."""
    return prove([path], Options(contracts=("seed",))).exit_status


@pytest.mark.parametrize("text", [OWN_ADDRESS, FROM_TABLE])
def test_an_address_that_the_loader_writes_is_no_number(tmp_path: Path, text: str) -> None:
    found = refuted(shared(tmp_path, text))
    assert {obligation for obligation, _ in found} == {"confines/r11"}
    assert all("an address of the image" in message for _, message in found)


@pytest.mark.parametrize("kind", ["-shared", "-pie"])
def test_an_address_that_code_computes_is_no_number(tmp_path: Path, kind: str) -> None:
    """The file is linked at 0, where addresses look like numbers; places are shown as it is linked."""
    path = linked(tmp_path, COMPUTED, kind, "-g")
    (verdict,) = (v for v in prove([path], Options(contracts=("seed",))).verdicts if v.status is Status.REFUTED)
    assert verdict.obligation == "confines/r11"
    assert verdict.location is not None and verdict.location.line is not None
    assert int(verdict.address, 16) < 1 << 20
    subprocess.run(["strip", path], check=True)
    assert {obligation for obligation, _ in refuted(path)} == {"confines/r11"}
    assert load(path).sites[0].symbol is not None


def test_relocations_of_writable_data_do_not_matter(tmp_path: Path) -> None:
    assert exit_status(shared(tmp_path, NUMBER)) == 0


def test_what_the_loader_protects_stays_as_it_wrote_it(tmp_path: Path) -> None:
    assert exit_status(linked(tmp_path, THROUGH_TABLE, "-shared", "-Wl,-z,relro,-z,now")) == 0
    assert exit_status(linked(tmp_path, THROUGH_TABLE, "-shared", "-Wl,-z,norelro")) == 3
    found = refuted(linked(tmp_path, FROM_PROTECTED, "-shared", "-Wl,-z,relro,-z,now"))
    assert [name for name, message in found if "address of the image" in message] == ["confines/r11"]


def test_packed_relative_relocations(tmp_path: Path) -> None:
    packed = "-Wl,-z,pack-relative-relocs"
    assert exit_status(linked(tmp_path, NUMBER, "-shared", packed)) == 0
    for text in (OWN_ADDRESS, FROM_TABLE):
        path = linked(tmp_path, text, "-shared", packed)
        assert any(h.kind == SHT_RELR for h in parse(str(path), memoryview(path.read_bytes())).headers)
        assert {obligation for obligation, _ in refuted(path)} == {"confines/r11"}


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


def test_debug_data_that_was_split_off_holds_no_code(tmp_path: Path) -> None:
    """Its dynamic section has an address, and no bytes: that is no damage."""
    path = shared(tmp_path, FROM_TABLE)
    subprocess.run(["objcopy", "--only-keep-debug", path], check=True)
    assert "no executable section with bytes" in refusal(path)
