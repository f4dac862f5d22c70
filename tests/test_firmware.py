"""PE, COFF, TE and UEFI firmware: built here from their specifications, whole, hostile and corrupted."""

from __future__ import annotations

import lzma
import shutil
import struct
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from tdxprove.check import list_sites, prove
from tdxprove.errors import ImageError
from tdxprove.image import Image, load_images
from tdxprove.selection import Options
from tests.helpers import run, words

TDCALL = bytes.fromhex("660f01cc")
RET, PUSH_RBX, POP_RBX, NOP = b"\xc3", b"\x53", b"\x5b", b"\x90"
# eax = 0, ecx = 0x400 (r10 alone), r10 = 0, tdcall, back: keeps the generic contract of the Microsoft convention.
WRAPPER = bytes.fromhex("31c0 b900040000 4531d2 660f01cc c3")
AT = WRAPPER.index(TDCALL)

LZMA_GUID = "ee4e5898-3914-4259-9d6e-dc7bd79403cf"
LZMA_X86_GUID = "d42ae6bd-1352-4bfb-909a-ca72a6eae889"
TIANO_GUID = "a31280ad-481e-41b6-95e8-127f4c984779"
FILE_SYSTEM = "8c8ce578-8a3d-4f1c-9935-896185c32dd3"
CAPSULE = "6dcbd5ed-e82d-4c44-bda1-7194199ad92a"
MODULE = "11111111-2222-3333-4444-555555555555"
BIG = "d1baa1c7-baee-4ba9-af20-faf66aa4dcb8"
PE32, TE, RAW, NAME, VOLUME_IMAGE, COMPRESSED = 0x10, 0x12, 0x19, 0x15, 0x17, 0x01
CODE, DATA = 0x6000_0020, 0xC000_0040


# -- writers -----------------------------------------------------------------------------------------------------------


def guid(text: str) -> bytes:
    return UUID(text).bytes_le


def pad(data: bytes, to: int, fill: bytes = b"\0") -> bytes:
    return data + fill * (-len(data) % to)


def section_table(
    sections: Sequence[tuple[bytes, int, bytes]], start: int, page: int, unit: int
) -> tuple[bytes, bytes]:
    """Headers and contents of sections, the contents beginning at byte `start` of the file."""
    headers = body = b""
    address = page
    for name, flags, data in sections:
        headers += struct.pack("<8sIIIIIIHHI", name, len(data), address, len(pad(data, unit)), start + len(body),
                               0, 0, 0, 0, flags)  # fmt: skip
        body += pad(data, unit)
        address += (len(data) + page - 1) // page * page
    return headers, body


def pe(*sections: tuple[bytes, int, bytes], base: int = 0, entry: int = 0x1000,
       directories: dict[int, tuple[int, int]] | None = None, subsystem: int = 11) -> bytes:  # fmt: skip
    """A PE32+ image, each section on a page of its own from RVA 0x1000 on; subsystem 11 is an EFI driver."""
    unit = 0x20 if subsystem == 11 else 0x200
    pages = 1 + sum((len(data) + 0xFFF) // 0x1000 for _, _, data in sections)
    table = b"".join(struct.pack("<II", *(directories or {}).get(i, (0, 0))) for i in range(16))
    file = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 112 + len(table), 0x22)
    top = 0x40 + len(file) + 112 + len(table) + 40 * len(sections)
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0, 0, 0, 0, 0, entry, 0x1000, base, 0x1000, unit,
                           0, 0, 0, 0, 0, 0, 0, pages * 0x1000, len(pad(bytes(top), unit)), 0, subsystem, 0,
                           0, 0, 0, 0, 0, 16)  # fmt: skip
    headers, body = section_table(sections, len(pad(bytes(top), unit)), 0x1000, unit)
    dos = struct.pack("<2s58xI", b"MZ", 0x40)
    return pad(dos + file + optional + table + headers, unit) + body


def terse(image: bytes) -> bytes:
    """The TE image of a PE32+ image."""
    count = struct.unpack_from("<H", image, 0x46)[0]
    entry, _, base = struct.unpack_from("<IIQ", image, 0x58 + 16)
    stripped = 0x58 + 112 + 16 * 8
    reloc = struct.unpack_from("<II", image, 0x58 + 112 + 5 * 8)
    header = struct.pack("<2sHBBHIIQIIII", b"VZ", 0x8664, count, 11, stripped, entry, 0x1000, base, *reloc, 0, 0)
    return header + image[stripped:]


def coff(code: bytes, relocations: Sequence[tuple[int, int, int]], symbols: Sequence[tuple[str, int, int, int, int]],
         data: bytes = b"", machine: int = 0x8664, relocated: int = 1, big: bool = False) -> bytes:  # fmt: skip
    """A COFF object of .text and .data, one of them relocated; symbols are name, value, section, type and class."""
    top = (56 if big else 20) + 2 * 40
    table = b"".join(struct.pack("<IIH", *relocation) for relocation in relocations)
    where = top + len(code)
    counts = [len(relocations) * (number == relocated) for number in (1, 2)]
    headers = struct.pack("<8sIIIIIIHHI", b".text", 0, 0, len(code), top, where, 0, counts[0], 0, CODE)
    headers += struct.pack("<8sIIIIIIHHI", b".data", 0, 0, len(data), where + len(table), where, 0, counts[1], 0, DATA)
    at, strings, rows = where + len(table) + len(data), b"", b""
    for name, value, section, kind, storage in symbols:
        text = name.encode() if len(name) <= 8 else struct.pack("<II", 0, 4 + len(strings))
        strings += b"" if len(name) <= 8 else name.encode() + b"\0"
        rows += struct.pack("<8sIiHBB" if big else "<8sIhHBB", text, value, section, kind, storage, 0)
    if big:
        header = struct.pack("<HHHHI16sIIIIIII", 0, 0xFFFF, 2, machine, 0, guid(BIG), 0, 0, 0, 0, 2, at, len(symbols))
    else:
        header = struct.pack("<HHIIIHH", machine, 2, 0, at, len(symbols), 0, 0)
    return header + headers + code + table + data + rows + struct.pack("<I", 4 + len(strings)) + strings


def section(kind: int, data: bytes) -> bytes:
    return pad((4 + len(data)).to_bytes(3, "little") + bytes([kind]) + data, 4)


def name_section(text: str) -> bytes:
    return section(NAME, (text + "\0").encode("utf-16-le"))


def guided(which: str, data: bytes, attributes: int = 1) -> bytes:
    return section(0x02, guid(which) + struct.pack("<HH", 24, attributes) + data)


def packed(data: bytes) -> bytes:
    """LZMA as EDK II writes it: the size is stated."""
    body = lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    return body[:5] + struct.pack("<Q", len(data)) + body[13:]


def file(*sections: bytes, kind: int = 0x07, name: str = MODULE) -> bytes:
    body = b"".join(sections)
    return guid(name) + struct.pack("<HBB", 0xAA55, kind, 0) + (24 + len(body)).to_bytes(3, "little") + b"\xf8" + body


def volume(*files: bytes, system: str = FILE_SYSTEM, spare: int = 64) -> bytes:
    body = b"".join(pad(f, 8, b"\xff") for f in files) + b"\xff" * spare
    words = [bytes(16), guid(system), struct.pack("<Q", 72 + len(body)), b"_FVH", struct.pack("<IH", 0x800, 72)]
    rest = struct.pack("<HBB", 0, 0, 2) + struct.pack("<IIII", 1, 72 + len(body), 0, 0)
    header = b"".join(words) + bytes(2) + rest
    total = sum(word for (word,) in struct.iter_unpack("<H", header))
    return b"".join(words) + struct.pack("<H", -total & 0xFFFF) + rest + body


def extended(content: bytes) -> bytes:
    """A volume whose extended header claims all that comes behind it."""
    plain = bytearray(volume(pad(guid(MODULE) + struct.pack("<I", 20 + len(content)) + content, 8)))
    struct.pack_into("<HHH", plain, 50, 0, 72, 0)
    total = sum(word for (word,) in struct.iter_unpack("<H", plain[:72]))
    struct.pack_into("<H", plain, 50, -total & 0xFFFF)
    return bytes(plain)


def capsule(data: bytes) -> bytes:
    return guid(CAPSULE) + struct.pack("<III", 28, 0, 28 + len(data)) + data


def library(first: bytes = NOP * 4 + RET, second: bytes = WRAPPER, name: bytes = b"TdVmCall") -> bytes:
    """A .dll with unwind data for two functions and an export for the second."""
    code = pad(first, 16, b"\xcc") + second
    end = 0x1010 + len(second)
    unwind = struct.pack("<III", 0x1000, 0x1000 + len(first), 0x2030) + struct.pack("<III", 0x1010, end, 0x2030)
    names = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, 0x3050, 1, 1, 1, 0x3028, 0x302C, 0x3030)
    names += struct.pack("<IIH", 0x1010, 0x3040, 0)
    names = pad(names, 0x40) + pad(name + b"\0", 16) + b"x.dll\0"
    tables = {3: (0x2000, len(unwind)), 0: (0x3000, len(names))}
    return pe((b".text", CODE, code), (b".pdata", DATA, pad(unwind, 0x30) + b"\1\0\0\0"), (b".edata", DATA, names),
              directories=tables, base=0x1_8000_0000, subsystem=3)  # fmt: skip


DRIVER = pe((b".text", CODE, WRAPPER))
LIBRARY = library()
NESTED = volume(file(guided(LZMA_GUID, packed(section(VOLUME_IMAGE, volume(
    file(section(PE32, DRIVER), name_section("TdxDxe")))))), kind=0x0B))  # fmt: skip
OBJECT = coff(
    PUSH_RBX + b"\xe8" + bytes(4) + TDCALL + b"\x48\x8d\x05" + bytes(4) + POP_RBX + RET + WRAPPER,
    [(2, 2, 4), (13, 3, 4), (3, 3, 0)][:2],
    [("TdVmCall", 0, 1, 0x20, 2), ("TdVmCallCpuid", 19, 1, 0, 2), ("Other", 0, 0, 0x20, 2), ("table", 8, 2, 0, 3)],
    bytes(16),
)


def images(folder: Path, data: bytes, name: str = "x.fd") -> tuple[Image, ...]:
    path = folder / name
    path.write_bytes(data)
    return load_images(path)


def found(folder: Path, data: bytes, name: str = "x.fd") -> list[tuple[str | None, str, str | None]]:
    """Member, address and function of each site."""
    return [
        (image.member, image.display(site.address), site.symbol.name if site.symbol else None)
        for image in images(folder, data, name)
        for site in image.sites
    ]


def refusal(folder: Path, data: bytes, name: str = "x.fd") -> str:
    """The message with which a file is refused, quickly."""
    begun = time.monotonic()
    with pytest.raises(ImageError) as caught:
        for image in images(folder, data, name):
            _ = image.sites
    assert time.monotonic() - begun < 10
    text = str(caught.value)
    assert text.startswith(str(folder)) and text.isprintable() and ";" in text
    return text


# -- what is read ------------------------------------------------------------------------------------------------------


def test_pe_image_linked_at_0_is_moved_and_shown_where_it_was(tmp_path: Path) -> None:
    (image,) = images(tmp_path, DRIVER, "x.efi")
    assert image.convention == "ms" and not image.relocatable
    assert [(s.name, image.display(s.address), s.executable, s.writable) for s in image.sections] == [
        (".text", "0x1000", True, False)
    ]
    assert min(s.address for s in image.sections) > 1 << 20
    assert found(tmp_path, DRIVER, "x.efi") == [(None, hex(0x1000 + AT), "sub_1000")]


def test_pe_base_relocations_follow_the_move(tmp_path: Path) -> None:
    blocks = struct.pack("<IIHH", 0x2000, 12, 10 << 12, 0)
    pointers = struct.pack("<QQ", 0x1000, 0x1000)
    data = pe((b".text", CODE, WRAPPER), (b".data", DATA, pointers), (b".reloc", DATA, blocks),
              directories={5: (0x3000, len(blocks))})  # fmt: skip
    (image,) = images(tmp_path, data, "x.efi")
    text, values, _ = image.sections
    assert image.read(values.address, 16) == struct.pack("<QQ", text.address, 0x1000)
    (fixed,) = images(tmp_path, pe((b".text", CODE, WRAPPER), base=0x1_8000_0000), "y.efi")
    assert fixed.sections[0].address == 0x1_8000_1000


def test_pe_sections_end_in_zeros(tmp_path: Path) -> None:
    (image,) = images(tmp_path, DRIVER, "x.efi")
    (text,) = image.sections
    assert image.read(text.address + text.size, 1) is None
    assert image.read(text.address, text.size) == WRAPPER


def test_pe_unwind_data_bounds_functions_and_exports_name_them(tmp_path: Path) -> None:
    (image,) = images(tmp_path, LIBRARY, "x.dll")
    assert [(s.name, s.address - 0x1_8000_0000, s.size) for s in image.functions()] == [
        ("sub_180001000", 0x1000, 5), ("TdVmCall", 0x1010, len(WRAPPER)),
    ]  # fmt: skip


def test_pe_imports_have_addresses_of_their_own(tmp_path: Path) -> None:
    names = struct.pack("<IIIII", 0x2030, 0, 0, 0x2060, 0x2040) + bytes(20)
    names = pad(names, 0x10) + struct.pack("<QQQQ", 0x2050, 0, 0x2050, 0) + b"\0\0TdHelper\0".ljust(16, b"\0")
    names = names[:0x30] + struct.pack("<QQ", 0x2050, 0) + struct.pack("<QQ", 0x2050, 0) + names[0x50:0x60] + b"x.dll\0"
    data = pe((b".text", CODE, WRAPPER), (b".idata", DATA, names), directories={1: (0x2000, 40)}, subsystem=3)
    (image,) = images(tmp_path, data, "x.exe")
    slot = image.read(image.sections[1].address + 0x40, 8)
    assert slot is not None and image.external_at(int.from_bytes(slot, "little")) == "TdHelper"


def test_pe_of_the_gnu_linker(tmp_path: Path) -> None:
    source = tmp_path / "x.s"
    source.write_text(".globl start\nstart: call wrapper\nret\n.globl wrapper\nwrapper: mov $0x400, %ecx\n"
                      "xor %eax, %eax\n.byte 0x66, 0x0f, 0x01, 0xcc\nret\n")  # fmt: skip
    subprocess.run(["gcc", "-c", source, "-o", tmp_path / "x.o"], check=True)
    link = ["ld", "-m", "i386pep", "--subsystem", "10", "-e", "start", "--image-base", "0"]
    for options, names in (([], ["start", "wrapper"]), (["-s"], ["sub_1000", "sub_1006"])):
        subprocess.run([*link, *options, "-o", tmp_path / "x.efi", tmp_path / "x.o"], check=True, capture_output=True)
        (image,) = load_images(tmp_path / "x.efi")
        assert [s.name for s in image.functions()][:2] == names
        assert [s.symbol.name for s in image.sites if s.symbol] == names[1:]


def test_coff_relocations_symbols_and_externals(tmp_path: Path) -> None:
    (image,) = images(tmp_path, OBJECT, "x.obj")
    text, data = image.sections
    assert image.relocatable and image.convention == "ms"
    assert [(s.name, s.size) for s in image.functions()] == [("TdVmCall", 19), ("TdVmCallCpuid", len(WRAPPER))]
    call = image.read(text.address + 2, 4)
    assert call is not None
    assert image.external_at(text.address + 6 + int.from_bytes(call, "little", signed=True)) == "Other"
    lea = image.read(text.address + 13, 4)
    assert lea is not None
    assert text.address + 17 + int.from_bytes(lea, "little", signed=True) == data.address + 8
    assert found(tmp_path, OBJECT, "x.obj") == [
        (None, "0x6", "TdVmCall"), (None, hex(19 + AT), "TdVmCallCpuid"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "settled"), [(0, True), (1, True), (3, True), (6, True), (2, False), (11, False)])
def test_coff_relocation_types(tmp_path: Path, kind: int, settled: bool) -> None:
    data = coff(WRAPPER + bytes(8), [(len(WRAPPER), 0, kind)], [("f", 0, 1, 0x20, 2)])
    (image,) = images(tmp_path, data, "x.obj")
    (text, _) = image.sections
    value = image.read(text.address + len(WRAPPER), 4)
    assert (value is not None) == settled
    if kind == 6:
        assert value == (-len(WRAPPER) - 6).to_bytes(4, "little", signed=True)


HANDLER = b"\x31\xdb" + WRAPPER
"""Changes rbx, which a function must not do; as a part of another one that saves rbx it is right."""


@pytest.mark.parametrize("taken", ["by lea", "by an operand", "by data", "not"])
def test_coff_labels_whose_address_is_taken_are_functions(tmp_path: Path, taken: str) -> None:
    saves = PUSH_RBX + b"\xe8\2\0\0\0" + POP_RBX + RET + HANDLER
    lea = b"\x48\x8d\x05" + (-len(HANDLER) - 7).to_bytes(4, "little", signed=True)
    takes = {"by lea": lea, "by an operand": b"\x48\xb8" + bytes(8)}.get(taken, NOP) + RET
    at, kind = {"by an operand": (len(saves) + 2, 1), "by data": (0, 1)}.get(taken, (0, 0))
    symbols = [("saves", 0, 1, 0x20, 2), ("handler", len(saves) - len(HANDLER), 1, 0, 3),
               ("takes", len(saves), 1, 0x20, 2)]  # fmt: skip
    path = tmp_path / "x.obj"
    path.write_bytes(coff(saves + takes, [(at, 1, kind)], symbols, bytes(8), relocated=2 if taken == "by data" else 1))
    report = prove([path], Options())
    refuted = {(v.symbol, v.obligation) for v in report.verdicts if v.status.value == "refuted"}
    assert refuted == (set() if taken == "not" else {("handler", "preserves/rbx")})
    assert report.exit_status == (0 if taken == "not" else 1)


def test_coff_local_labels_of_nasm_are_no_functions(tmp_path: Path) -> None:
    symbols = [("f", 0, 1, 0x20, 2), ("f.case", len(WRAPPER), 1, 0, 3), ("g", len(WRAPPER) + 1, 1, 0, 3)]
    data = coff(WRAPPER + RET + RET, [(0, 1, 1), (8, 2, 1)], symbols, bytes(16), relocated=2)
    (image,) = images(tmp_path, data, "x.obj")
    assert [s.name for s in image.functions()] == ["f", "g"]


def test_coff_objects_are_not_linked_and_not_believed(tmp_path: Path) -> None:
    """What the other object defines is not taken for a function that issues no TDX call."""
    caller = b"\x48\x83\xec\x28\xe8" + bytes(4) + b"\x48\x83\xc4\x28" + RET
    (tmp_path / "a.obj").write_bytes(coff(caller, [(5, 1, 4)], [("Top", 0, 1, 0x20, 2), ("Issue", 0, 0, 0x20, 2)]))
    (tmp_path / "b.obj").write_bytes(coff(WRAPPER, [], [("Issue", 0, 1, 0x20, 2)]))
    report = prove([tmp_path / "a.obj", tmp_path / "b.obj"], Options())
    assert report.exit_status == 3
    (found,) = [v for v in report.verdicts if v.symbol == "Top" and v.obligation == "complete"]
    assert f"calls Issue, which {tmp_path}/b.obj defines, but only ELF objects are linked" in found.message


def test_coff_of_bigobj(tmp_path: Path) -> None:
    """Its symbols are longer, relocations count them all the same; binutils writes what is written here."""
    calls = b"\xe8" + bytes(4) + RET
    symbols = [("f", 0, 1, 0x20, 2), ("a_name_that_is_long", 6, 1, 0x20, 2)]
    plain, big = (coff(calls + WRAPPER, [(1, 1, 4)], symbols, bytes(8), big=big) for big in (False, True))
    places = found(tmp_path, plain, "x.obj")
    assert places == found(tmp_path, big, "x.obj") == [(None, hex(6 + AT), "a_name_that_is_long")]
    (image,) = load_images(tmp_path / "x.obj")
    assert image.read(image.sections[0].address, 6) == b"\xe8\x01\0\0\0" + RET
    (tmp_path / "y.obj").write_bytes(plain)
    subprocess.run(["objcopy", "-O", "pe-bigobj-x86-64", tmp_path / "y.obj", tmp_path / "z.obj"], check=True)
    assert (tmp_path / "z.obj").read_bytes()[:4] == big[:4]
    assert found(tmp_path, (tmp_path / "z.obj").read_bytes(), "z.obj") == places


@pytest.mark.parametrize(
    ("version", "machine", "reason"),
    [(0, 0x8664, "no executable section"), (1, 0x8664, "not yet generated"), (0, 0x14C, "not for x86-64")],
)
def test_coff_objects_without_sections(tmp_path: Path, version: int, machine: int, reason: str) -> None:
    """A member of an import library; what /GL leaves to the linker."""
    (tmp_path / "x.obj").write_bytes(struct.pack("<HHHH", 0, 0xFFFF, version, machine) + bytes(64))
    with pytest.raises(ImageError, match=reason):
        load_images(tmp_path / "x.obj")


def test_coff_of_nasm_and_clang(tmp_path: Path) -> None:
    nasm, clang = shutil.which("nasm"), shutil.which("clang")
    if nasm is None or clang is None:
        pytest.skip("no nasm or clang")
    source = tmp_path / "a.asm"
    source.write_text("bits 64\nsection .text\nglobal TdVmCall\nTdVmCall:\nxor eax, eax\nmov ecx, 0x400\n.call:\n"
                      "db 0x66, 0x0f, 0x01, 0xcc\nret\nhelper: ret\n")  # fmt: skip
    subprocess.run([nasm, "-f", "win64", source, "-o", tmp_path / "a.obj"], check=True)
    assert found(tmp_path, (tmp_path / "a.obj").read_bytes(), "a.obj") == [(None, "0x7", "TdVmCall")]
    code = tmp_path / "b.c"
    code.write_text('int g(int); int f(int a) { asm volatile(".byte 0x66,0x0f,1,0xcc" ::: "rax"); return g(a) + 1; }\n')
    subprocess.run([clang, "--target=x86_64-windows", "-O2", "-c", code, "-o", tmp_path / "b.obj"], check=True)
    (image,) = load_images(tmp_path / "b.obj")
    (site,) = image.sites
    assert site.symbol is not None and site.symbol.name == "f"
    assert image.bounds(site.symbol)[1] <= image.sections[0].address + image.sections[0].size


def test_coff_code_that_may_be_discarded_is_code(tmp_path: Path) -> None:
    discarded = OBJECT.replace(struct.pack("<I", CODE), struct.pack("<I", CODE | 0x0200_0000))
    assert found(tmp_path, discarded, "x.obj") == found(tmp_path, OBJECT, "x.obj") != []


def test_coff_members_of_archives(tmp_path: Path) -> None:
    """Beside ELF objects, too; import objects and members without code are passed over."""
    without = coff(b"", [], [], bytes(8))
    imported = b"\0\0\xff\xff\0\0\x64\x86" + bytes(20)
    members = {"a.obj": OBJECT, "b.obj": without, "c.obj": imported, "d.obj": coff(WRAPPER, [], [("g", 0, 1, 0x20, 2)])}
    for name, data in members.items():
        (tmp_path / name).write_bytes(data)
    source = tmp_path / "e.s"
    source.write_text(".globl f\nf: .byte 0x66, 0x0f, 0x01, 0xcc\nret\n")
    subprocess.run(["gcc", "-c", source, "-o", tmp_path / "e.o"], check=True)
    paths = [tmp_path / name for name in (*members, "e.o")]
    subprocess.run(["ar", "qcS", tmp_path / "x.lib", *paths], check=True)
    opened = load_images(tmp_path / "x.lib")
    assert [(image.member, image.convention) for image in opened] == [("a.obj", "ms"), ("d.obj", "ms"), ("e.o", "sysv")]
    assert all(image.sites for image in opened)


def test_te_image_equals_its_pe_image(tmp_path: Path) -> None:
    assert found(tmp_path, terse(DRIVER), "x.te") == found(tmp_path, DRIVER, "x.efi")


def test_firmware_modules_are_named(tmp_path: Path) -> None:
    tail = file(section(TE, terse(DRIVER)), kind=0x06)
    site = hex(0x1000 + AT)
    twice = volume(file(section(PE32, DRIVER), name_section("A")), file(name_section("A"), section(PE32, DRIVER)), tail)
    assert found(tmp_path, twice) == [("A#1", site, "sub_1000"), ("A#2", site, "sub_1000"), (MODULE, site, "sub_1000")]
    assert found(tmp_path, NESTED) == [("TdxDxe", site, "sub_1000")]
    assert found(tmp_path, capsule(NESTED), "x.cap") == found(tmp_path, NESTED)
    assert found(tmp_path, b"\xff" * 4096 + NESTED) == found(tmp_path, NESTED)


@pytest.mark.parametrize("method", ["tiano", "efi", "x86", "plain"])
def test_packed_sections(tmp_path: Path, method: str) -> None:
    from uefi_firmware import efi_compressor

    inner = section(PE32, DRIVER)
    if method == "tiano":
        body = guided(TIANO_GUID, efi_compressor.TianoCompress(inner, len(inner)))
    elif method == "efi":
        body = section(COMPRESSED, struct.pack("<IB", len(inner), 1) + efi_compressor.EfiCompress(inner, len(inner)))
    elif method == "x86":
        filters = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]
        stored = lzma.compress(inner, lzma.FORMAT_RAW, filters=filters)
        body = guided(LZMA_X86_GUID, packed(lzma.decompress(stored, lzma.FORMAT_RAW, filters=filters[1:])))
    else:
        body = section(COMPRESSED, struct.pack("<IB", len(inner), 0) + inner)
    assert found(tmp_path, volume(file(body))) == [(MODULE, hex(0x1000 + AT), "sub_1000")]


@pytest.mark.parametrize(
    "how", ["behind the sections", "a section too short", "a section left out", "in COFF", "in data"]
)
def test_headers_that_would_hide_code(tmp_path: Path, how: str) -> None:
    two = bytearray(pe((b".text", CODE, WRAPPER), (b".init", CODE, pad(WRAPPER, 32))))
    second = two.index(b".init")
    data, expected = bytes(two), "belong to no section"
    if how == "behind the sections":
        data = DRIVER + TDCALL
    elif how == "a section too short":
        struct.pack_into("<I", two, second + 8, 8)
        struct.pack_into("<I", two, second + 16, 8)
        data = bytes(two)
    elif how == "a section left out":
        struct.pack_into("<H", two, 0x46, 1)
        data = bytes(two)
    elif how == "in COFF":
        data = OBJECT.replace(struct.pack("<I", OBJECT.index(PUSH_RBX + b"\xe8")), struct.pack("<I", 20), 1)
    else:
        data, expected = (
            OBJECT.replace(struct.pack("<I", CODE), struct.pack("<I", DATA), 1),
            "and section '.text' no code",
        )
    assert expected in refusal(tmp_path, data, "x.obj")


def test_sections_of_unknown_types_may_be_packed(tmp_path: Path) -> None:
    hidden = section(0x00, packed(section(PE32, DRIVER)))
    assert "unknown type" in refusal(tmp_path, volume(file(section(PE32, DRIVER), hidden)))


def test_unified_kernel_image_is_told_from_a_program(tmp_path: Path) -> None:
    assert "unified kernel image" in refusal(tmp_path, pe((b".text", CODE, WRAPPER), (b".linux", DATA, b"kernel")))


def test_raw_code_is_a_site_that_no_proof_covers(tmp_path: Path) -> None:
    # In 16-bit code the bytes before would be another instruction that holds the TDCALL.
    raw = b"\xb8" * 3 + b"\x48\xb8" + TDCALL + RET
    data = volume(file(raw, kind=0x01), file(section(RAW, raw)))
    assert found(tmp_path, data) == [(f"{MODULE}#1", "0x5", None), (f"{MODULE}#2", "0x5", None)]
    path = tmp_path / "x.fd"
    assert [site.symbol for site in list_sites([path], Options())] == [None, None]
    report = prove([path], Options())
    assert report.exit_status == 3 and not any(site.covered for site in report.sites)


PLACES = ("behind the last file", "between volumes", "in another file system", "in padding", "in a name",
          "in an extended header", "before packed data", "in the header of a capsule")  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_bytes_outside_of_files_are_not_lost(tmp_path: Path, place: str) -> None:
    spare = {
        "behind the last file": volume(file(section(RAW, b"xyz")))[:-20] + TDCALL + b"\xff" * 16,
        "between volumes": volume() + TDCALL + volume(),
        "in another file system": volume(WRAPPER, system=MODULE),
        "in padding": volume(file(WRAPPER, kind=0xF0)),
        "in a name": volume(file(section(NAME, WRAPPER))),
        "in an extended header": extended(file(section(PE32, DRIVER))),
        "before packed data": volume(file(section(0x02, guid(MODULE) + struct.pack("<HH", 48, 0) + pad(WRAPPER, 24)))),
        "in the header of a capsule": guid(CAPSULE) + struct.pack("<III", 64, 0, 64) + pad(WRAPPER, 36),
    }
    assert [symbol for _, _, symbol in found(tmp_path, spare[place])] == [None]


def test_firmware_proof(tmp_path: Path) -> None:
    (tmp_path / "x.fd").write_bytes(NESTED)
    report = prove([tmp_path / "x.fd"], Options())
    assert report.exit_status == 0, [v for v in report.verdicts if v.status.value != "proved"]


def test_firmware_without_tdx_has_nothing_to_prove(tmp_path: Path) -> None:
    (tmp_path / "x.fd").write_bytes(volume(file(section(PE32, pe((b".text", CODE, RET))))))
    for command in ("sites", "prove"):
        assert run(words(command, tmp_path / "x.fd")).returncode == 3


# -- functions without symbols -----------------------------------------------------------------------------------------


def starts(folder: Path, code: bytes, entry: int = 0x1000) -> list[str]:
    (image,) = images(folder, pe((b".text", CODE, code), entry=entry), "x.efi")
    return [image.display(symbol.address) for symbol in image.functions()]


def test_called_functions_need_no_padding(tmp_path: Path) -> None:
    code = b"\xe8\x01\0\0\0" + RET + WRAPPER + RET
    assert starts(tmp_path, code)[:2] == ["0x1000", "0x1006"]


@pytest.mark.parametrize("filler", [b"\x90", b"\xcc", b"\0", bytes.fromhex("0f1f4000"), bytes.fromhex("6690")])
def test_function_that_nobody_calls_begins_behind_the_padding(tmp_path: Path, filler: bytes) -> None:
    code = PUSH_RBX + POP_RBX + RET
    code += filler * ((16 - len(code)) // len(filler))
    at = 0x1000 + len(code)
    assert found(tmp_path, pe((b".text", CODE, code + WRAPPER)), "x.efi") == [(None, hex(at + AT), f"sub_{at:x}")]


def test_function_that_nobody_calls_begins_behind_the_tail_of_the_one_before(tmp_path: Path) -> None:
    # test eax, eax; jne tail; ret; tail: xor eax, eax; ret
    code = bytes.fromhex("85c0 7501 c3 31c0 c3")
    assert starts(tmp_path, code + WRAPPER) == ["0x1000", hex(0x1000 + len(code))]


def test_cold_part_belongs_to_the_function_that_jumps_there(tmp_path: Path) -> None:
    # jne cold; ret | called by the entry: ret | cold: tdcall; ret
    code = bytes.fromhex("e806000000 7507 c3 909090") + RET + NOP * 2 + TDCALL + RET
    assert found(tmp_path, pe((b".text", CODE, code)), "x.efi") == [(None, "0x100e", "sub_1000")]


def test_case_blocks_of_a_jump_table_are_no_functions(tmp_path: Path) -> None:
    # jmp *table(,%rax,8); case blocks that nothing else leads to
    code = bytes.fromhex("ff24c500200000") + b"\x31\xc0\xc3" + TDCALL + RET
    assert starts(tmp_path, code) == ["0x1000"]


def test_case_blocks_of_a_function_that_others_jump_to(tmp_path: Path) -> None:
    # jmp switch | call switch; ret | switch, which the jump reaches before the call tells that it is a function
    code = bytes.fromhex("eb0a 9090 e803000000 c3 9090 ff24c500200000 31c0 c3") + TDCALL + RET
    assert "0x100c" in starts(tmp_path, code)
    assert "0x1013" not in starts(tmp_path, code)


def test_function_whose_address_is_taken_by_code_or_data(tmp_path: Path) -> None:
    # lea wrapper(%rip), %rax; ret; then what decodes to nothing
    code = bytes.fromhex("488d0509000000 c3") + b"\x06" * 8 + WRAPPER
    assert found(tmp_path, pe((b".text", CODE, code)), "x.efi") == [(None, hex(0x1010 + AT), "sub_1010")]
    blocks = struct.pack("<IIHH", 0x2000, 12, 10 << 12, 0)
    data = pe((b".text", CODE, RET + b"\x06" * 4 + WRAPPER), (b".data", DATA, struct.pack("<Q", 0x1005)),
              (b".reloc", DATA, blocks), directories={5: (0x3000, len(blocks))})  # fmt: skip
    assert found(tmp_path, data, "x.efi") == [(None, hex(0x1005 + AT), "sub_1005")]


def test_bytes_inside_an_instruction_are_no_site(tmp_path: Path) -> None:
    assert found(tmp_path, pe((b".text", CODE, b"\x48\xb8" + TDCALL + bytes(4) + RET)), "x.efi") == []


def test_guessed_starts_hide_no_instruction(tmp_path: Path) -> None:
    """What stands behind the padding reads as an instruction that holds the wrapper's: dead bytes, perhaps."""
    code = RET + b"\xcc" * 15 + b"\x48\xb8" + b"\x31\xc0" + TDCALL + NOP * 2 + RET
    assert [at for _, at, _ in found(tmp_path, pe((b".text", CODE, code)), "x.efi")] == ["0x1014"]


def test_stripped_elf_file_with_a_function_that_only_data_names(tmp_path: Path) -> None:
    source = tmp_path / "x.s"
    source.write_text(".globl _start\n_start: ret\n.byte 0x48, 0xb8\n"
                      "f: xor %eax, %eax\nmov $0x400, %ecx\nxor %r10d, %r10d\n"
                      ".byte 0x66, 0x0f, 0x01, 0xcc\nret\n.data\n.balign 8\n.quad f\n")  # fmt: skip
    for kind in ("-static", "-static-pie"):
        link = ["gcc", "-nostdlib", kind, "-s", "-Wl,--build-id=none", str(source), "-o", str(tmp_path / "x")]
        subprocess.run(link, check=True)
        (image,) = load_images(tmp_path / "x")
        (site,) = image.sites
        assert site.symbol is not None and site.address - site.symbol.address == 10


def test_bytes_before_the_extended_header_of_a_volume(tmp_path: Path) -> None:
    plain = volume(file(section(PE32, DRIVER)), spare=128)
    at = len(plain) - 64
    header = plain[:48] + struct.pack("<HHH", 72, 0, at) + plain[54:72]
    total = sum(word for (word,) in struct.iter_unpack("<H", header))
    body = bytearray(plain[72:])
    body[at - 72 : at - 52] = bytes(16) + struct.pack("<I", 20)
    data = header[:50] + struct.pack("<H", -total & 0xFFFF) + header[52:] + bytes(body)
    assert [symbol for _, _, symbol in found(tmp_path, data)] == [None]


def test_bytes_in_data_among_code_belong_to_no_function(tmp_path: Path) -> None:
    text = b"for you: \x06" + TDCALL + b"\x06\0"
    jumps = struct.pack("<3I", 0xFFFF_F000, 0xCC01_0F66, 0xFFFF_F010)
    for data in (text, jumps):
        code = bytes.fromhex("488d0501000000 c3") + data
        assert [symbol for _, _, symbol in found(tmp_path, pe((b".text", CODE, code)), "x.efi")] in ([None], [])


def test_stripped_elf_file(tmp_path: Path) -> None:
    source = tmp_path / "x.s"
    source.write_text(".globl _start\n_start: call wrapper\nhlt\nret\nwrapper: mov $0x400, %ecx\nxor %eax, %eax\n"
                      ".byte 0x66, 0x0f, 0x01, 0xcc\nret\n")  # fmt: skip
    link = ["gcc", "-nostdlib", "-static", "-s", "-Wl,--build-id=none", str(source), "-o", str(tmp_path / "x")]
    subprocess.run(link, check=True)
    (image,) = load_images(tmp_path / "x")
    (site,) = image.sites
    assert site.symbol is not None and site.symbol.name == f"sub_{site.address - 7:x}"


# -- hostile files -----------------------------------------------------------------------------------------------------
