"""Small files that ask for much time or memory, or lead round in circles: each is refused, soon and in one line."""

from __future__ import annotations

import gzip
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import test_firmware as uefi
from tests.helpers import TDCALL, function
from tests.kernel_files import bzimage
from tests.test_damage import ended

RELOCATION = struct.Struct("<QQq")
MANY = 3000


class Elf:
    """An object with one function and one relocation, whose headers can be changed and repeated."""

    def __init__(self, folder: Path) -> None:
        self.data = bytearray(function(folder, f"call elsewhere; {TDCALL}; ret; .skip 1 << 18").read_bytes())
        self.start, self.count = struct.unpack_from("<Q", self.data, 40)[0], struct.unpack_from("<H", self.data, 60)[0]
        names = self.header(struct.unpack_from("<H", self.data, 62)[0])[4]
        rows = [self.header(index) for index in range(self.count)]
        texts = [bytes(self.data[names + row[0] :]).partition(b"\0")[0].decode() for row in rows]
        self.index = {text: index for index, text in enumerate(texts)}

    def header(self, index: int) -> tuple[int, ...]:
        return struct.unpack_from("<IIQQQQIIQQ", self.data, self.start + 64 * index)

    def field(self, section: str, at: int, width: int, value: int) -> Elf:
        place = self.start + 64 * self.index[section] + at
        self.data[place : place + width] = value.to_bytes(width, "little")
        return self

    def repeated(self, *sections: str) -> bytes:
        """The headers of some sections again and again, all of the same bytes of the file."""
        rows = bytes(self.data[self.start : self.start + 64 * self.count])
        for number in range(MANY):
            for section in sections:
                row = bytearray(rows[64 * self.index[section] :][:64])
                if section.startswith(".rela"):
                    struct.pack_into("<I", row, 44, self.count + number * len(sections))
                rows += row
        content = self.data + bytes(-len(self.data) % 8)
        struct.pack_into("<Q", content, 40, len(content))
        struct.pack_into("<H", content, 60, len(rows) // 64)
        return bytes(content) + rows


def elf_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    def new() -> Elf:
        return Elf(folder)

    yield "code that thousands of sections share", new().repeated(".text")
    yield "relocations that thousands of sections share", new().repeated(".text", ".rela.text")
    yield "sections without end", bytes(new().field("", 32, 8, 1 << 60).data[:60] + bytes(2) + new().data[62:])
    yield (
        "names of sections in the ELF header",
        bytes(new().field(".shstrtab", 24, 8, 0).field(".shstrtab", 32, 8, 3).data),
    )
    yield "names of sections in the table itself", bytes(new().field(".shstrtab", 0, 4, 1 << 31).data)
    yield "symbols whose names are the symbols", bytes(new().field(".symtab", 40, 4, new().index[".symtab"]).data)
    yield (
        "relocations whose symbols are relocations",
        bytes(new().field(".rela.text", 40, 4, new().index[".rela.text"]).data),
    )
    yield "a variable of 2**60 bytes", bytes(new().field(".bss", 32, 8, 1 << 60).data)
    yield "an alignment of 2**62", bytes(new().field(".text", 48, 8, 1 << 62).data)


def packed_files() -> Iterator[tuple[str, bytes]]:
    zeros = zlib.compressobj(wbits=31)
    bomb = b"".join(zeros.compress(bytes(1 << 24)) for _ in range(80)) + zeros.flush()
    yield "1.25 GiB in 1 MB of gzip", bomb
    yield "gzip in gzip", gzip.compress(gzip.compress(bomb[:1000]))
    yield "a dictionary of 4 GiB", b"\x5d\xff\xff\xff\xff" + b"\xff" * 8 + bytes(100)
    yield "a kernel image in a kernel image", bzimage(bzimage(b"\x7fELF"))
    yield "a kernel image that is its own payload", bzimage(b"")[:0x248] + struct.pack("<II", 1, 1 << 31) + bytes(512)


def archive_member(name: bytes, size: int) -> bytes:
    return name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8) + str(size).encode().ljust(10) + b"`\n"


def archives(folder: Path) -> Iterator[tuple[str, bytes]]:
    (folder / "big.o").write_bytes(function(folder, f"{TDCALL}; ret").read_bytes() + bytes(8 << 20))
    (folder / "other.a").write_bytes(b"!<thin>\n" + archive_member(b"hostile/", 8))
    yield "a thin archive that names one file again and again", b"!<thin>\n" + archive_member(b"big.o/", 8) * MANY
    yield "a thin archive that names itself", b"!<thin>\n" + archive_member(b"hostile/", 8)
    yield "two thin archives that name each other", b"!<thin>\n" + archive_member(b"other.a/", 8)
    yield (
        "a thin archive of a device",
        b"!<thin>\n//".ljust(24) + archive_member(b"", 12)[16:] + b"/dev/zero/\n\n" + (archive_member(b"/0", 8)),
    )
    inner = b"!<arch>\n"
    for _ in range(50):
        inner = b"!<arch>\n" + archive_member(b"x.a/", len(inner)) + inner
    yield "archives in archives", inner


def coff_files() -> Iterator[tuple[str, bytes]]:
    code = uefi.WRAPPER + bytes(1 << 16)
    good = uefi.coff(code, [(0, 0, 4)] * 5000, [("f", 0, 1, 0x20, 2)])
    table = good[20:60] * MANY
    moved = bytearray(table)
    for at in range(0, len(moved), 40):
        size, offset, relocations = struct.unpack_from("<III", moved, at + 16)
        struct.pack_into("<III", moved, at + 16, size, offset + len(table) - 80, relocations + len(table) - 80)
    head = struct.pack("<HHIIIHH", 0x8664, MANY, 0, struct.unpack_from("<I", good, 8)[0] + len(table) - 80, 1, 0, 0)
    yield "COFF code and relocations that thousands of sections share", head + bytes(moved) + good[100:]
    many = bytearray(good)
    struct.pack_into("<I", many, 20 + 36, uefi.CODE | 0x0100_0000)
    struct.pack_into("<H", many, 20 + 32, 0xFFFF)
    many[100 + len(code) : 104 + len(code)] = b"\xff" * 4
    yield "2**32 relocations of COFF", bytes(many)
    struct.pack_into("<I", many, 12, 0xFFFF_FFFF)
    yield "2**32 symbols of COFF", bytes(many)


def firmware_files() -> Iterator[tuple[str, bytes]]:
    inner = plain = uefi.section(uefi.PE32, uefi.DRIVER)
    for _ in range(20):
        inner = uefi.guided(uefi.MODULE, inner, 0)
    yield "sections nested 20 deep", uefi.volume(uefi.file(inner))
    inner = uefi.volume(uefi.file(plain))
    for _ in range(20):
        inner = uefi.volume(uefi.file(uefi.section(uefi.VOLUME_IMAGE, inner)))
    yield "volumes nested 20 deep", inner
    inner = plain
    for _ in range(20):
        inner = uefi.guided(uefi.LZMA_GUID, uefi.packed(inner))
    yield "packed sections nested 20 deep", uefi.volume(uefi.file(inner))
    bomb = uefi.guided(uefi.LZMA_GUID, uefi.packed(uefi.section(uefi.RAW, bytes(15 << 20))))
    yield "300 MB in many packed sections", uefi.volume(uefi.file(*[bomb] * 20))
    lie = lzma.compress(plain, lzma.FORMAT_ALONE)
    yield (
        "LZMA that states 2**62 bytes",
        uefi.volume(uefi.file(uefi.guided(uefi.LZMA_GUID, lie[:5] + struct.pack("<Q", 1 << 62) + lie[13:]))),
    )
    short = uefi.packed(plain + plain)
    yield (
        "LZMA that states fewer bytes than it has",
        uefi.volume(uefi.file(uefi.guided(uefi.LZMA_GUID, short[:5] + struct.pack("<Q", len(plain)) + short[13:]))),
    )
    yield "a capsule in itself", uefi.capsule(b"")[:16] + struct.pack("<III", 0, 0, 28)
    yield (
        "a file without bytes",
        uefi.volume(uefi.guid(uefi.MODULE) + struct.pack("<HBB", 0, 7, 0) + bytes(3) + b"\xf8"),
    )
    yield "a section without bytes", uefi.volume(uefi.file(bytes(3) + b"\x10" + uefi.WRAPPER))
    volume = bytearray(uefi.volume(uefi.file(plain)))
    struct.pack_into("<Q", volume, 32, (1 << 64) - 8)
    yield "a volume of 2**64 bytes", bytes(volume)


def pe_files() -> Iterator[tuple[str, bytes]]:
    image = bytearray(uefi.pe((b".text", uefi.CODE, uefi.WRAPPER + bytes(1 << 16))))
    row = bytes(image[0x148:0x170])
    many = bytearray(image)
    struct.pack_into("<H", many, 0x46, MANY)
    struct.pack_into("<I", many, 0x58 + 56, 0x7FFF_F000)
    rows = b""
    for number in range(MANY):
        rows += row[:12] + struct.pack("<I", 0x1000 + 0x11000 * number) + row[16:]
    yield "PE code that thousands of sections share", bytes(many[:0x148]) + rows + bytes(many[0x148 + len(rows) :])


MAKERS: tuple[Callable[[Path], Iterator[tuple[str, bytes]]], ...] = (
    elf_files,
    archives,
    lambda _: packed_files(),
    lambda _: coff_files(),
    lambda _: firmware_files(),
    lambda _: pe_files(),
)


@pytest.mark.parametrize("maker", range(len(MAKERS)))
def test_hostile_files(tmp_path: Path, maker: int) -> None:
    statuses = {}
    for name, content in MAKERS[maker](tmp_path):
        path = tmp_path / "hostile"
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        statuses[name] = ended("sites", path), ended("prove", path, "--jobs", "1")
    assert {name for name, status in statuses.items() if status != (2, 2)} == set()
