"""Files of formats that are not read, each refused in one line that says what it is; packed files of those that are."""

import gzip
import struct
from pathlib import Path

import pytest

from tests import test_firmware
from tests.helpers import TDCALL, function, load, refusal

FOREIGN = {
    "arm64": (bytes(56) + b"ARM\x64" + bytes(64), "a Linux kernel image for AArch64"),
    "riscv": (bytes(56) + b"RSC\x05" + bytes(64), "a Linux kernel image for RISC-V"),
    "zip": (b"PK\3\4" + bytes(64), "a ZIP archive"),
    "qcow2": (b"QFI\xfb" + bytes(64), "a QCOW2 disk image"),
    "igvm": (b"IGVM\x01\0\0\0" + bytes(64), "an IGVM file"),
    "bitcode": (b"BC\xc0\xde" + bytes(64), "LLVM bitcode"),
    "macho": (b"\xcf\xfa\xed\xfe" + bytes(64), "a Mach-O file"),
    "cpio": (b"070701" + b"0" * 64, "a cpio archive"),
    "source": (b"\t.globl f\nf:\tret\n" * 9, "is text, not machine code"),
    "coff-i386": (struct.pack("<HHIIIHH", 0x14C, 1, 0, 60, 0, 0, 0) + bytes(64), "COFF object for i386"),
    "coff-i386-big": (struct.pack("<HHHH", 0, 0xFFFF, 2, 0x14C) + bytes(64), "COFF object for i386"),
    "coff-arm64": (struct.pack("<HHIIIHH", 0xAA64, 1, 0, 60, 0, 0, 0) + bytes(64), "COFF object for AArch64"),
    "te-i386": (b"VZ\x4c\x01" + bytes(64), "TE image built for i386"),
    "te-ebc": (b"VZ\xbc\x0e" + bytes(64), "TE image built for EFI byte code"),
    "core": (b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, *[0] * 4, 64, *[0] * 5),
             "a core dump"),
    "arm64-elf": (b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI", 1, 183, 1) + bytes(64),
                  "ELF file built for AArch64"),
    "zeros": (bytes(700), "of no known format: it begins with 512 zeros"),
    "noise": (b"\x80\x99" * 40, "of no known format: it begins with the bytes 80 99 80 99"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_other_formats_are_named_also_when_packed(tmp_path: Path, name: str) -> None:
    content, expected = FOREIGN[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert expected in refusal(path)
    path.write_bytes(gzip.compress(content))
    assert expected in (text := refusal(path)) and "\n" not in text


def test_packed_files_are_opened_whatever_is_in_them(tmp_path: Path) -> None:
    path = function(tmp_path, f"{TDCALL}\nret")
    for content in (path.read_bytes(), test_firmware.DRIVER, test_firmware.OBJECT, test_firmware.NESTED):
        path.write_bytes(gzip.compress(content))
        assert load(path).sites
    path.write_bytes(gzip.compress(b"!<arch>\n" + bytes(64)))
    assert "a static library" in refusal(path)
