"""Files become images whole or not at all: relocations, tables, sites, and every way in which a file can be bad."""

import os
import shutil
import struct
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tdxprove.elf import Elf
from tdxprove.elf_headers import parse
from tdxprove.errors import ImageError
from tdxprove.image import Fixup, Image, load_images
from tdxprove.rewritten import Variant
from tests.helpers import load, patched, refusal

TDCALL = ".byte 0x66, 0x0f, 0x01, 0xcc\n"
WRAPPER = f"""
    .text
    .globl wrapper
    .type wrapper, @function
wrapper:
    push %rbx
    mov $0xcc010f66, %eax
    {TDCALL}
    pop %rbx
    ret
    .size wrapper, . - wrapper
    .section .note.GNU-stack,"",@progbits
"""
Build = Callable[..., Path]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return a function that assembles (or, with `link` options, links) a source text."""

    def run(text: str, *options: str, suffix: str = ".s", link: bool = False) -> Path:
        folder = tmp_path_factory.mktemp("build")
        source, output = folder / f"x{suffix}", folder / ("x" if link else "x.o")
        source.write_text(text)
        subprocess.run(
            ["gcc", *(() if link else ("-c",)), *options, "-o", output, source], check=True, capture_output=True
        )
        return output

    return run


def address(image: Image, name: str) -> int:
    """Return the address of a symbol that must be there."""
    symbol = image.symbol(name)
    assert symbol is not None
    return symbol.address


def elf_of(path: Path) -> Elf:
    """Parse a file without looking further."""
    return parse(str(path), memoryview(path.read_bytes()))


def header_of(path: Path, name: str) -> int:
    """Return the file offset of a section's header."""
    content = path.read_bytes()
    (table,) = struct.unpack_from("<Q", content, 40)
    (index,) = [header.index for header in elf_of(path).headers if header.name == name]
    return int(table) + 64 * index


def everything(image: Image) -> tuple[object, ...]:
    """Use every part of the interface; return what identifies the image."""
    sections = tuple((section, image.read(section.address, section.size)) for section in image.sections)
    functions = image.functions()
    places = tuple((image.locate(f.address), image.bounds(f), image.line(f.address)) for f in functions)
    return sections, image.symbols, image.sites, dict(image.fixups), dict(image.bugs), image.rewrites, places


# Sites


def test_site_is_the_instruction_and_not_the_immediate(build: Build) -> None:
    image = load(build(WRAPPER))
    (site,) = image.sites
    assert (site.instruction, image.locate(site.address), image.display(site.address)) == (
        "tdcall",
        "wrapper+0x6",
        "0x6",
    )
    assert site.symbol == image.function("wrapper")


@pytest.mark.parametrize(
    ("code", "instruction"), [(0xCC, "tdcall"), (0xCD, "seamret"), (0xCE, "seamops"), (0xCF, "seamcall")]
)
def test_every_tdx_instruction_is_found(build: Build, code: int, instruction: str) -> None:
    image = load(build(f".globl f\nf: .byte 0x66, 0x0f, 0x01, {code}\nret\n"))
    assert [(image.locate(s.address), s.instruction) for s in image.sites] == [("f+0x0", instruction)]


@pytest.mark.parametrize("prefixes", ["0x66, 0x48", "0x2e, 0x66", "0x66, 0x66", "0x66, 0x3e"])
def test_redundant_prefixes_do_not_hide_an_instruction(build: Build, prefixes: str) -> None:
    image = load(build(f".globl f\nf: nop\n.byte {prefixes}, 0x0f, 0x01, 0xcc\nret\n"))
    assert [image.locate(s.address) for s in image.sites] == ["f+0x1"]


def test_without_the_mandatory_prefix_there_is_no_site(build: Build) -> None:
    assert load(build(".globl f\nf: .byte 0x0f, 0x01, 0xcf\nret\n")).sites == ()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(".byte 0x06, 0x06\n", id="undecodable bytes"),
        pytest.param("jmp 1f\n.byte 0x48, 0xb8\n1:\n", id="data that swallows the instruction, jumped over"),
        pytest.param(
            ".byte 0x48, 0xb8\n.globl inner\ninner:\n", id="data that swallows the instruction, before a label"
        ),
    ],
)
def test_doubt_keeps_a_site(build: Build, data: str) -> None:
    image = load(
        build(f".globl f\n.type f, @function\nf: nop\n{data}{TDCALL}nop\nnop\nnop\nnop\nret\n.size f, . - f\n")
    )
    assert len(image.sites) == 1


HIDDEN = ".byte 0xb8, 0x66, 0x0f, 0x01, 0xcc"
"""`mov $0xcc010f66, %eax`, which holds a TDCALL."""


@pytest.mark.parametrize(
    ("body", "rest", "expected"),
    [
        pytest.param(f"{HIDDEN}; ret", "", 0, id="an immediate"),
        pytest.param(f"test %edi, %edi; jne 1f; ret; 1: {HIDDEN}; ret", "", 0, id="an immediate behind a branch"),
        pytest.param(f"jmp *table(,%rdi,8); {HIDDEN}; ret", "", 1, id="what nothing leads to"),
        pytest.param(f"{HIDDEN}; ret", ".skip 64, 0x90; .globl g; g: jmp f + 1", 1, id="a short jump"),
        pytest.param(f"{HIDDEN}; ret", ".skip 400, 0x90; .globl g; g: jmp f + 1", 1, id="a jump"),
        pytest.param(f"{HIDDEN}; ret", ".skip 400, 0x90; .globl g; g: call f + 1", 1, id="a call"),
        pytest.param(f"{HIDDEN}; ret", ".globl g; g: lea f + 1(%rip), %rax", 1, id="an address that is taken"),
        pytest.param(f"{HIDDEN}; ret", ".data; .quad f + 1", 1, id="an address in data"),
    ],
)
def test_bytes_inside_an_instruction(build: Build, body: str, rest: str, expected: int) -> None:
    image = load(build(f".globl f\n.type f, @function\nf: {body}\n.size f, . - f\n{rest}\n"))
    assert len(image.sites) == expected


def test_site_without_any_symbol(build: Build) -> None:
    image = load(build(f"nop\n{TDCALL}ret\n"))
    assert [(s.symbol, image.locate(s.address)) for s in image.sites] == [(None, "0x1")]


def test_sites_of_all_executable_sections_but_no_data(build: Build) -> None:
    text = f'.text\nf: {TDCALL}\n.section .noinstr.text,"ax"\ng: {TDCALL}\n.data\n{TDCALL}'
    assert len(load(build(text)).sites) == 2


# Relocations

RELOCATIONS = """
    .text
    .globl f
f:
    lea target(%rip), %rax
    mov target@GOTPCREL(%rip), %rax
    call outside
    mov $target, %rax
    mov %fs:thread@tpoff, %rax
    ret
    .data
    .globl data
data:
    .quad target
    .quad outside - .
    .long target
    .quad maybe
    .weak maybe
    .section .rodata
    .globl target
    .zero 16
target:
    .quad 0x1122334455667788
    .comm shared, 64, 32
"""


def test_relocations(build: Build) -> None:
    image = load(build(RELOCATIONS))
    target, data = image.symbol("target"), image.symbol("data")
    assert target is not None and data is not None
    code = image.read(image.functions()[0].address, 26)
    assert code is not None
    base = address(image, "f")

    def pc(offset: int) -> int:
        return (base + offset + 4 + int(struct.unpack_from("<i", code or b"", offset)[0])) & (1 << 64) - 1

    assert pc(3) == target.address
    assert image.read(pc(10), 8) == target.address.to_bytes(8, "little")
    assert image.external_at(pc(15)) == "outside"
    assert image.locate(pc(15)) == "outside"
    assert struct.unpack_from("<i", code, 22)[0] & (1 << 64) - 1 == target.address
    assert image.read(data.address, 8) == target.address.to_bytes(8, "little")
    distance = int.from_bytes(image.read(data.address + 8, 8) or b"", "little")
    assert image.external_at((data.address + 8 + distance) & (1 << 64) - 1) == "outside"
    assert image.read(target.address, 8) == bytes.fromhex("8877665544332211")


def test_what_no_relocation_settles_is_unreadable(build: Build) -> None:
    image = load(build(RELOCATIONS))
    data = image.symbol("data")
    assert data is not None
    text = image.function("f")
    assert text is not None
    assert image.read(text.address + 31, 4) is None, "thread-local offset"
    assert image.read(text.address + 35, 1) is not None, "the byte behind it"
    assert image.read(text.address, 40) is None
    assert image.read(data.address + 16, 4) is None, "an address that does not fit into 32 bits"
    assert image.read(data.address + 20, 8) is None, "an undefined weak symbol may be 0"


def test_variables_of_other_files_do_not_overlap(build: Build) -> None:
    text = """
    .text
    .globl f
f:  movq first+0x2000(%rip), %rax
    movq second(%rip), %rax
    movq first+0x80000(%rip), %rax
    ret
    """
    image = load(build(text))
    start = address(image, "f")
    code = image.read(start, 14)
    assert code is not None
    first, second = (start + at + 7 + struct.unpack_from("<i", code, at + 3)[0] & (1 << 64) - 1 for at in (0, 7))
    assert image.external_at(second) == "second"
    assert abs(first - second) > 0x8000
    assert image.read(start + 14, 7) is None, "too far from a symbol of unknown size"


def test_reads_stay_inside(build: Build) -> None:
    image = load(build(RELOCATIONS))
    shared = image.symbol("shared")
    assert shared is not None and shared.address % 32 == 0
    section = image.section_at(shared.address)
    assert section is not None and section.name == "COMMON" and section.writable
    assert image.read(shared.address, 1) is None
    rodata = image.section_at(address(image, "target"))
    assert rodata is not None
    assert image.read(rodata.address, rodata.size) is not None
    assert image.read(rodata.address, rodata.size + 1) is None
    assert image.read(rodata.address - 1, 2) is None
    assert image.read(0, 8) is None
    assert image.read(rodata.address, -1) is None


def test_sections_do_not_touch(build: Build) -> None:
    image = load(build(WRAPPER, "-g"))
    spans = sorted((section.address, section.address + section.size) for section in image.sections)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert all(start >= 0xFFFF_FFFF_9000_0000 and start % 0x1000 == 0 for start, _ in spans)


def test_dynamic_relocations_of_a_shared_object(build: Build) -> None:
    text = """
    .text
    .globl f
f:  call outside@PLT
    ret
    .data
    .globl own
own: .quad local, outside, own
local: .quad 5
    """
    image = load(build(text, "-shared", "-nostdlib", link=True))
    data = image.symbol("own")
    local = image.symbol("local")
    assert data is not None and local is not None
    assert image.read(data.address, 8) == local.address.to_bytes(8, "little")
    assert image.external_at(int.from_bytes(image.read(data.address + 8, 8) or b"", "little")) == "outside"
    assert image.read(data.address + 16, 8) is None, "own may be interposed"


# Symbols


def test_symbols_nest_and_end(build: Build) -> None:
    text = """
    .text
    .globl __pfx_f
    .type __pfx_f, @function
__pfx_f:
    .globl f
    .type f, @function
f:  nop
    nop
    .globl inner
inner: ret
    .size f, . - f
    .size __pfx_f, . - __pfx_f
    .globl plain
plain: nop
    ret
local: ret
    """
    image = load(build(text))
    assert image.locate(image.functions()[0].address) == "f+0x0"
    assert image.locate(address(image, "inner")) == "f+0x2"
    plain = image.function("plain")
    assert plain is not None and plain.function and plain.size == 0
    assert image.bounds(plain) == (plain.address, plain.address + 2)
    local = image.function("local")
    assert local is not None and not local.function
    assert image.bounds(local) == (local.address, local.address + 1)
    assert image.function("absent") is None and image.symbol("absent") is None
    assert image.symbol_at(0) is None


# Tables of the kernel

KERNEL = """
    .text
    .globl f
f:
1:  ud2
2:  ud2
3:  mov (%rax), %rax
4:  ret
5:  .byte 0xe9, 0, 0, 0, 0
    .section .altinstr_replacement,"ax"
6:  nop
    .section .rodata
name: .asciz "x.c"
    .section __ex_table,"a"
    .long 3b - ., 4b - ., 0x1234 << 8 | 3
    .section .altinstructions,"a"
    .long 3b - ., 6b - .
    .long 0x10001
    .byte 3, 1
    .section __jump_table,"aw"
    .long 5b - ., 4b - .
    .quad key - .
    .section .return_sites,"a"
    .long 4b - .
"""
VERBOSE = '.section __bug_table,"aw"\n.long 1b - ., name - .\n.short 7, 1\n.long 2b - ., name - .\n.short 8, 0\n'
BRIEF = '.section __bug_table,"aw"\n.long 1b - .\n.short 1, 0\n.long 2b - .\n.short 0, 0\n'
FORMAT = VERBOSE.replace("name - .", "name - ., name - .")
FORMAT_ONLY = '.section __bug_table,"aw"\n.long 1b - ., text - .\n.short 1, 0\n.long 2b - ., text - .\n.short 0, 0\n'
FORMAT_ONLY += '.section .rodata\ntext: .asciz "%d of x.c are wrong"\n'
WITH_ARGUMENTS = FORMAT + ".long 4b - ., name - ., name - .\n.short 9, 17\n"  # behind it stands a call of __WARN_trap


@pytest.mark.parametrize("table", [VERBOSE, BRIEF, FORMAT, FORMAT_ONLY, WITH_ARGUMENTS])
def test_bug_table(build: Build, table: str) -> None:
    image = load(build(KERNEL + table))
    base = address(image, "f")
    assert dict(image.bugs) == {base: True, base + 2: False}


def test_bug_table_of_unknown_form(build: Build) -> None:
    image = load(build(KERNEL + '.section __bug_table,"aw"\n.long 4b - ., 0, 0\n'))
    with pytest.raises(ImageError, match="__bug_table"):
        _ = image.bugs
    image = load(build(KERNEL + WITH_ARGUMENTS.replace("9, 17", "9, 1")))
    with pytest.raises(ImageError, match="__bug_table"):
        _ = image.bugs


def test_fixups_and_patched(build: Build) -> None:
    image = load(build(KERNEL))
    base = address(image, "f")
    assert dict(image.fixups) == {base + 4: Fixup(base + 7, 0x123403)}
    rewrites = image.rewrites
    assert {place: rewritten.kind for place, rewritten in rewrites.places.items()} == {
        base + 4: "alternative",
        base + 8: "jump label",
    }
    original, replaced, absent = rewrites.places[base + 4].variants
    assert original == Variant({"system.alternatives_applied": 0}, None)
    assert replaced.when == {"system.alternatives_applied": 1, "system.cpu_feature_0_1": 0}, "entry 1 is negated"
    assert absent == Variant({"system.alternatives_applied": 1, "system.cpu_feature_0_1": 1}, None)
    assert replaced.target is not None and image.read(replaced.target, 1) == b"\x90"
    assert rewrites.replacements[base + 4] == {replaced.target: (replaced.target + 1, base + 7)}
    assert rewrites.inside == dict.fromkeys(range(base + 4, base + 7), base + 4)
    jumps, falls = rewrites.places[base + 8].variants
    assert (jumps.target, falls.target) == (base + 7, base + 13)
    assert jumps.when.keys() == falls.when.keys()
    assert rewrites.plain == {base + 7: "return thunk"}
    assert dict(image.bugs) == {}


def test_tables_between_symbols(build: Build) -> None:
    text = (
        KERNEL.replace(".section __jump_table", ".section .rodata")
        + """
    .section .text.start,"ax"
    .globl _start, key
_start: ret
key: ret
    """
    )
    text = text.replace(
        '.section .rodata,"aw"', ".data\n.globl __start___jump_table, __stop___jump_table\n__start___jump_table:"
    )
    text = text.replace(".quad key - .", ".quad key - .\n__stop___jump_table:")
    image = load(build(text, "-nostdlib", "-static", link=True))
    assert image.rewrites.places[address(image, "f") + 8].kind == "jump label"


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ('.section __ex_table,"a"\n.long 1, 2\n', "__ex_table"),
        ('.section __ex_table,"a"\n.long 0, 0, 0\n', "__ex_table"),
        ('.section .altinstructions,"a"\n.zero 14\n', ".altinstructions"),
        ('.section __jump_table,"a"\n.zero 15\n', "__jump_table"),
    ],
)
def test_malformed_tables(build: Build, table: str, name: str) -> None:
    image = load(build(WRAPPER + table))
    with pytest.raises(ImageError, match=name):
        _ = (image.fixups, image.rewrites)


# Lines


@pytest.mark.parametrize("options", [("-g",), ("-gdwarf-4",), ("-g", "-gz=zlib"), ("-g", "-ffunction-sections")])
def test_lines(build: Build, options: tuple[str, ...]) -> None:
    text = "int g(int x)\n{\n\treturn x + 1;\n}\nint h(int x)\n{\n\treturn g(x) * 2;\n}\n"
    image = load(build(text, "-O0", *options, suffix=".c"))
    places = [image.line(function.address) for function in image.functions()]
    assert [(Path(place[0]).name, place[1]) for place in places if place] == [("x.c", 2), ("x.c", 6)]


@pytest.mark.skipif(shutil.which("clang") is None, reason="clang writes no .debug_aranges")
def test_lines_without_aranges(build: Build) -> None:
    path = build("int g(int x)\n{\n\treturn x + 1;\n}\n", suffix=".c")
    source = path.with_name("x.c")
    subprocess.run(["clang", "-g", "-ffunction-sections", "-c", "-o", path, source], check=True)
    image = load(path)
    place = image.line(image.functions()[0].address)
    assert place is not None and place[1] == 2


def test_malformed_lines_are_no_lines(build: Build) -> None:
    path = build("int g(int x)\n{\n\treturn x + 1;\n}\n", "-g", suffix=".c")
    for section in (".debug_line", ".rela.debug_line"):
        position = entry_of(path, section, 0, 0)
        size = int.from_bytes(path.read_bytes()[header_of(path, section) + 32 :][:8], "little")
        for offset in range(size):
            image = load(patched(path, position + offset, b"\xff"))
            place = image.line(image.functions()[0].address)
            assert place is None or isinstance(place[1], int)


def test_no_lines(build: Build) -> None:
    image = load(build(WRAPPER))
    assert image.line(image.functions()[0].address) is None
    assert image.line(0) is None


# Archives


def archive(*members: Path) -> Path:
    """Collect files in a static library."""
    path = members[0].with_name("lib.a")
    subprocess.run(["ar", "qc", path, *members], check=True)
    return path


def test_archive_members_are_images(build: Build) -> None:
    long_name = build(WRAPPER)
    long_name = long_name.rename(long_name.with_name("a_rather_long_member_name.o"))
    text = build("").with_name("notes.txt")
    text.write_text("no code")
    path = archive(build(WRAPPER), long_name, text, build(WRAPPER))
    images = load_images(path)
    assert [image.member for image in images] == ["x.o", "a_rather_long_member_name.o", "x.o"]
    assert images[0].name == f"{path}(x.o)"
    assert all(len(image.sites) == 1 for image in images)


def test_archives_that_are_refused(build: Build) -> None:
    text = build("").with_name("notes.txt")
    text.write_text("no code")
    assert "archive without objects" in refusal(archive(text))
    text.write_bytes(b"BC\xc0\xde")
    assert "bitcode" in refusal(archive(text))
    inner = archive(build(WRAPPER)).rename(text.with_name("inner.a"))
    assert "no object" in refusal(archive(build(WRAPPER), inner))
    text.write_bytes(b"packed" + bytes.fromhex("660f01cc"))
    assert "no object" in refusal(archive(build(WRAPPER), text))
    thin = text.with_name("thin.a")
    thin.write_bytes(b"!<thin>\n")
    assert "thin archive" in refusal(thin)


def test_archive_members_without_code_are_passed_over(build: Build) -> None:
    data = build(".data\n.quad 1\n")
    assert "no executable section" in refusal(data)
    assert "no executable section" in refusal(archive(data))
    assert len(load_images(archive(data, build(WRAPPER)))) == 1


def test_lto_objects_are_refused(build: Build) -> None:
    path = build("int f(void) { return 1; }\n", "-flto", "-fno-fat-lto-objects", suffix=".c")
    assert "LTO bytecode" in refusal(path)
    assert "LTO bytecode" in refusal(archive(path, build(WRAPPER)))


def test_damaged_archives(build: Build) -> None:
    path = archive(build(WRAPPER), build(WRAPPER))
    content = path.read_bytes()
    for size in range(8, len(content), 8):
        path.write_bytes(content[:size])
        assert "damaged" in (text := refusal(path)) or "truncated" in text or "without objects" in text
    position = content.index(b"x.o/") + 48
    for number in (b"-100      ", b"9999999999", b"x         "):
        path.write_bytes(content[:position] + number + content[position + 10 :])
        assert "damaged" in (text := refusal(path)) or "truncated" in text


def test_member_that_became_a_table(build: Build) -> None:
    path = archive(build(WRAPPER), build(WRAPPER))
    content = path.read_bytes()
    last = content.rindex(b"x.o/ ")
    for name in (b"//  ", b"/   "):
        path.write_bytes(content[:last] + name + content[last + 4 :])
        assert "holds a TDX instruction" in (text := refusal(path)) or "damaged" in text


# Bad files


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent")
    assert "is a directory" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(tmp_path / "pipe")
    (tmp_path / "empty").write_bytes(b"")
    assert "empty file" in refusal(tmp_path / "empty")
    (tmp_path / "text").write_text("#!/bin/sh\n")
    assert "is text, not machine code" in refusal(tmp_path / "text")
    with pytest.raises(ImageError, match="not a path"):
        load_images(Path("a\0b"))


def test_file_names_cannot_break_the_message(tmp_path: Path) -> None:
    (tmp_path / "a\nb\x1b").write_bytes(b"text")
    with pytest.raises(ImageError) as caught:
        load_images(tmp_path / "a\nb\x1b")
    assert str(caught.value).isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "secret").chmod(0)
    assert "cannot be read" in refusal(tmp_path / "secret")


@pytest.mark.parametrize(
    ("offset", "data", "expected"),
    [
        (18, b"\x03\0", "built for i386"),
        (18, b"\xb7\0", "built for AArch64"),
        (18, b"\xff\xfe", "built for machine 65279"),
        (5, b"\x02", "big-endian"),
        (4, b"\x01", "not a 64-bit"),
        (16, b"\x04\0", "a core dump"),
        (40, b"\xff" * 7, "section header table"),
        (40, b"\0" * 8, "no section headers"),
        (58, b"\x20\0", "section headers of 32 bytes"),
        (60, b"\xff\xff", "truncated"),
        (60, b"\1\0", "no sections"),
        (62, b"\0\0", "no section name table"),
        (52, b"\0\0", "ELF header claims 0 bytes"),
    ],
)
def test_headers_that_are_refused(build: Build, offset: int, data: bytes, expected: str) -> None:
    assert expected in refusal(patched(build(WRAPPER), offset, data))


@pytest.mark.parametrize(
    ("section", "field", "value", "expected"),
    [
        (".text", 24, 1 << 63, "truncated"),
        (".text", 32, 1 << 62, "truncated"),
        (".text", 48, 3, "alignment"),
        (".text", 8, 2, "no executable section"),
        (".text", 8, 0x802, "compressed"),
        (".symtab", 40, 99, "links to no string table"),
        (".symtab", 56, 0, "sh_entsize"),
        (".symtab", 32, 25, "sh_entsize"),
        (".strtab", 32, 1, "name lies outside"),
        (".shstrtab", 32, 1, "outside the name table"),
        (".symtab", 40, 1, "links to no string table"),
        (".rela.text", 44, 99, "relocates section 99 of none"),
        (".rela.text", 44, 0, "relocates section 0 of none"),
        (".rela.text", 40, 1, "links to no symbol table"),
        (".rela.text", 4, 9, "no relocation table"),
        (".bss", 32, 1 << 60, "does not fit"),
    ],
)
def test_lying_section_headers(build: Build, section: str, field: int, value: int, expected: str) -> None:
    path = build(WRAPPER + ".text\ncall outside\n")
    width = 4 if field in (4, 40, 44) else 8
    assert expected in refusal(patched(path, header_of(path, section) + field, value.to_bytes(width, "little")))


def entry_of(path: Path, section: str, index: int, size: int) -> int:
    """Return the file offset of a table's entry."""
    (header,) = [header for header in elf_of(path).headers if header.name == section]
    return header.offset + index * size


def test_lying_tables(build: Build) -> None:
    path = build(WRAPPER + ".text\ncall outside\n")
    relocation = entry_of(path, ".rela.text", 0, 24)
    assert "outside its tables" in refusal(patched(path, relocation, b"\xff"))
    assert "outside its tables" in refusal(patched(path, relocation + 12, b"\xff"))
    symbol = entry_of(path, ".symtab", 1, 24)
    assert "string table" in refusal(patched(path, symbol, b"\xff\xff"))
    assert "of none" in refusal(patched(path, symbol + 6, b"\xff\xfe"))
    assert "of none" in refusal(patched(path, symbol + 6, b"\xff\xff"))
    assert "outside its section" in refusal(patched(path, symbol + 8, b"\xff\xff"))


def executable(build: Build) -> Path:
    """Link a small static executable."""
    return build(
        WRAPPER + ".text\n.globl _start\n_start: call wrapper\n.data\n.quad wrapper\n",
        "-nostdlib",
        "-static",
        link=True,
    )


def test_sections_that_contradict_the_segments(build: Build) -> None:
    path = executable(build)
    header = header_of(path, ".text")
    assert "program headers load" in refusal(patched(path, header + 24, b"\x08"))
    assert "exceeds the address space" in refusal(patched(path, header + 16, b"\xff" * 8))
    assert "overlaps" in refusal(
        patched(path, header_of(path, ".data") + 16, path.read_bytes()[header + 16 : header + 24])
    )


def test_labels_of_nasm_are_parts_of_their_function(build: Build) -> None:
    """`f.call` belongs to f, whose size NASM does not state; a label of another form may be a function of its own."""
    image = load(build(f".globl f\nf: nop\nf.call: {TDCALL}\nf.out: ret\nlabel: {TDCALL}\nret\n"))
    inside, behind = image.sites
    assert inside.symbol is not None and inside.symbol.name == "f"
    assert image.bounds(inside.symbol)[1] == address(image, "label")
    assert behind.symbol is None


def test_debug_file_has_no_code(build: Build) -> None:
    path = executable(build)
    subprocess.run(["objcopy", "--only-keep-debug", path], check=True)
    assert "no executable section" in refusal(path)


@pytest.mark.parametrize("make", [lambda build: build(WRAPPER, "-g"), executable], ids=["object", "executable"])
def test_truncated_files_are_refused(build: Build, make: Callable[[Build], Path]) -> None:
    path = make(build)
    whole = everything(load(path))
    content = path.read_bytes()
    cut = path.with_name("cut")
    for size in [*range(0, len(content), 64), *range(len(content) - 64, len(content))]:
        cut.write_bytes(content[:size])
        try:
            assert everything(load(cut)) == whole
        except ImageError as error:
            assert any(word in str(error) for word in ("truncated", "empty", "not an ELF")), error


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("linked", [False, True])
def test_bit_flips_raise_image_errors_only(build: Build, linked: bool, data: st.DataObject) -> None:
    path = _flipped_source(build, linked)
    content = bytearray(path.read_bytes())
    (table,) = struct.unpack_from("<Q", content, 40)
    header = st.integers(0, 63)
    anywhere = st.integers(0, len(content) - 1)
    positions = st.one_of(header, st.integers(table, len(content) - 1), anywhere)
    for position, bit in data.draw(st.lists(st.tuples(positions, st.integers(0, 7)), min_size=1, max_size=4)):
        content[position] ^= 1 << bit
    copy = path.with_name("flipped")
    copy.write_bytes(content)
    try:
        image = load(copy)
        everything(image)
    except ImageError as error:
        assert str(error).isprintable()


_SOURCES: dict[bool, Path] = {}


def _flipped_source(build: Build, linked: bool) -> Path:
    if linked not in _SOURCES:
        options = ("-nostdlib", "-static") if linked else ()
        text = KERNEL + VERBOSE + WRAPPER + ".text\n.globl key, _start\n_start:\nkey: ret\n"
        _SOURCES[linked] = build(text, "-g", *options, link=linked)
    return _SOURCES[linked]


@pytest.mark.parametrize(
    "section, field, value, expected",
    [
        (".text.wrong", 4, 8, "belong to no section"),  # NOBITS
        (".text.wrong", 8, 1, "and section '.text.wrong' no code"),  # SHF_WRITE alone
        (".text.wrong", 8, 3, "and section '.text.wrong' no code"),
        (".text.wrong", 32, 2, "belong to no section"),
        (".text.wrong", 32, 16, "reaches out of section"),
        (".text.wrong", 24, 0x40, "belong to no section"),
    ],
)
def test_headers_that_would_hide_a_function(build: Build, section: str, field: int, value: int, expected: str) -> None:
    wrong = '.section .text.wrong, "ax"\n.type wrong, @function\nwrong: xor %ecx, %ecx\n'
    path = build(f"{WRAPPER}{wrong}{TDCALL}\nxor %ebx, %ebx\nret\n.skip 8\n.size wrong, . - wrong\n")
    width = 4 if field == 4 else 8
    assert expected in refusal(patched(path, header_of(path, section) + field, value.to_bytes(width, "little")))


def test_what_a_loader_makes_executable_is_code(build: Build) -> None:
    path = executable(build)
    subprocess.run(["strip", path], check=True)
    assert len(load(path).sites) == 1
    hidden = patched(path, header_of(path, ".text") + 8, b"\2" + bytes(7))
    assert "are loaded as code by no section of code" in refusal(hidden)
