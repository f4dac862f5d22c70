"""A small file of every format that is read, with what it takes to damage it where its readers look."""

from __future__ import annotations

import functools
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from tests import test_firmware as uefi
from tests.corruption import Fields
from tests.helpers import TDCALL
from tests.kernel_files import PACKERS, PAYLOAD_OFFSET, SETUP_SIZE, SOURCE, bzimage, kernel, payload, stripped


def _unchanged(data: bytes) -> bytes:
    return data


def _never(_data: bytes) -> bool:
    return False


@dataclass(frozen=True)
class Format:
    """What is damaged, and how it becomes a file.

    `seal` puts the damaged bytes into a whole container, packed and with right check sums; `part` is where damage falls
    unless it is a lie in one of the `fields`; `beside` are files that must lie in the same folder. `excused` says of a
    damaged file that it is a valid one of which the wrong function is no part any more, so that it may be proved.
    """

    name: str
    content: bytes
    fields: Fields = ()
    part: tuple[int, int] | None = None
    seal: Callable[[bytes], bytes] = _unchanged
    options: tuple[str, ...] = ()
    beside: dict[str, bytes] = field(default_factory=dict)
    excused: Callable[[bytes], bool] = _never

    def mended(self, damaged: bytes) -> bytes | None:
        """Damaged bytes with every wrong function as it was, or cut off; None if it is neither.

        A container that is sealed behind the cut is whole: it never held the function.
        """
        places = list(_all(self.content, WRONG))
        if len(list(_all(damaged, WRONG))) >= len(places):
            return damaged
        if len(damaged) != len(self.content):
            cut = len(damaged) if self.seal is _unchanged else len(self.content)
            kept = all(damaged[at : at + len(WRONG)] == WRONG or at >= cut for at in places)
            return damaged if kept else None
        data = bytearray(damaged)
        for at in places:
            data[at : at + len(WRONG)] = WRONG
        return bytes(data)


WRONG = bytes.fromhex("31c0 b900040000 4531d2 660f01cc 31db c3")
"""The code of every function that is wrong: rbx, which it clears, is the caller's.

Wherever damage lets a function begin, and whatever name it gets: what executes the call clears the register.
"""


def _all(data: bytes, wanted: bytes) -> Iterator[int]:
    at = data.find(wanted)
    while at >= 0:
        yield at
        at = data.find(wanted, at + 1)


# -- ELF ---------------------------------------------------------------------------------------------------------------

_HEADER = [(16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (40, 8), *[(at, 2) for at in range(52, 64, 2)], (4, 1), (5, 1)]
_SECTION = ((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 4), (44, 4), (48, 8), (56, 8))
_SEGMENT = ((0, 4), (4, 4), (8, 8), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8))
_ENTRY = {
    ".symtab": (24, ((0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8))),
    ".rela": (24, ((0, 8), (8, 4), (12, 4), (16, 8))),
}
_WORDS = (4, ((0, 4), (0, 2), (0, 1), (2, 2)))


def sections(data: bytes) -> dict[str, tuple[int, int]]:
    """Offset and size of the sections of a whole ELF file by name; the header of the names is the last one."""
    start, names = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<H", data, 62)[0]
    rows = [struct.unpack_from("<IIQQQQ", data, start + 64 * i) for i in range(struct.unpack_from("<H", data, 60)[0])]
    text = data[rows[names][4] :]
    return {text[row[0] : text.index(b"\0", row[0])].decode(): (row[4], row[5]) for row in rows if row[1] != 8}


def elf_headers(data: bytes) -> list[tuple[int, int]]:
    """Every number in the file header, the section headers and the program headers."""
    segments, start = struct.unpack_from("<QQ", data, 32)
    found = list(_HEADER)
    for base, size, count, shape in ((start, 64, 60, _SECTION), (segments, 56, 56, _SEGMENT)):
        rows = range(struct.unpack_from("<H", data, count)[0])
        found += [(base + size * row + at, width) for row in rows for at, width in shape]
    return found


def entries(data: bytes, wanted: str) -> list[tuple[int, int]]:
    """Every number in the records of the sections whose names begin so."""
    found = []
    for name, (start, size) in sections(data).items():
        if name.startswith(wanted):
            step, shape = next((s for kind, s in _ENTRY.items() if name.startswith(kind)), _WORDS)
            found += [(start + row + at, width) for row in range(0, size - step + 1, step) for at, width in shape]
    return found


def section_of(data: bytes, name: str) -> tuple[int, int]:
    start, size = sections(data)[name]
    return start, start + size


_RIGHT = f"xor %eax, %eax; mov $0x400, %ecx; xor %r10d, %r10d; {TDCALL}; ret"
_WRONG = f".byte {', '.join(map(hex, WRONG))}"
_TABLES = """
    .section __ex_table, "a"
    .long 1b - ., 3b - ., 1
    .section __bug_table, "aw"
    .long 2b - ., 0
    .short 12, 0x901
    .section .altinstr_replacement, "ax"
    6: mov %rsi, %rax
    7:
    .section .altinstructions, "a"
    .long 3b - ., 6b - .
    .short 117, 0
    .byte 4b - 3b, 7b - 6b
    .section __jump_table, "aw"
    .balign 8
    .long 4b - ., 5b - .
    .quad key - .
    .data
    key: .quad 0
"""


def relocated(data: bytes) -> bool:
    """Whether a relocation was moved into the wrong function: a linker or module loader then changes its code."""
    start, count = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<H", data, 60)[0]
    rows = list(struct.iter_unpack("<IIQQQQIIQQ", data[start:][: 64 * count]))
    for _, kind, _, _, offset, size, _, target, _, _ in rows:
        if kind == 4 and target < len(rows):
            at = data.find(WRONG, rows[target][4], rows[target][4] + rows[target][5]) - rows[target][4]
            places = (row[0] for row in struct.iter_unpack("<QQq", data[offset:][: size // 24 * 24]))
            if at >= 0 and any(at - 8 < place < at + len(WRONG) for place in places):
                return True
    return False


def module(folder: Path) -> bytes:
    """A relocatable file as a kernel module is: tables, unwind data, source lines, calls, two code sections."""
    text = f"""
    .file "wrapper.c"
    .globl caller
    .type caller, @function
    caller: .cfi_startproc
    push %rbx
    .cfi_adjust_cfa_offset 8
    mov %rdi, %rbx
    call right
    1: mov (%rbx), %rdi
    lea key(%rip), %rsi
    2: ud2
    3: mov %rdi, %rax
    4: .byte 0x0f, 0x1f, 0x44, 0, 0
    call elsewhere
    5: pop %rbx
    ret
    .cfi_endproc
    .size caller, . - caller
    .type right, @function
    right: {_RIGHT}
    .size right, . - right
    .type wrong, @function
    wrong: {_WRONG}
    .size wrong, . - wrong
    {_TABLES}
    .section .rodata, "a"
    table: .quad caller, wrong
    .section .modinfo, "a"
    .asciz "vermagic=6.12.0 SMP"
    .section .note.GNU-stack, "", @progbits
    """
    return assembled(folder, text, "module")


def assembled(folder: Path, text: str, name: str) -> bytes:
    """The object file of an assembly text, with DWARF."""
    source, target = folder / f"{name}.s", folder / f"{name}.o"
    source.write_text(text)
    subprocess.run(["gcc", "-g", "-c", source, "-o", target], check=True, capture_output=True)
    return target.read_bytes()


def two_functions(folder: Path) -> bytes:
    """One that is proved and one that is not, in sections of their own."""
    one = ".type {0}, @function\n{0}: {1}\n.size {0}, . - {0}\n"
    text = f'.text\n{one.format("right", _RIGHT)}\n.section .text.wrong, "ax"\n{one.format("wrong", _WRONG)}'
    return assembled(folder, f'.globl right, wrong\n{text}\n.section .note.GNU-stack, "", @progbits\n', "two")


def shared_object(folder: Path) -> bytes:
    """A shared object without symbols: functions come from unwind tables, the PLT and dynamic relocations."""
    source, target = folder / "lib.s", folder / "lib.so"
    source.write_text(f"""
    .globl exported
    .type exported, @function
    exported: .cfi_startproc
    {_RIGHT}
    .cfi_endproc
    .size exported, . - exported
    .type hidden, @function
    hidden: .cfi_startproc
    {_WRONG}
    .cfi_endproc
    .size hidden, . - hidden
    .globl imports
    .type imports, @function
    imports: .cfi_startproc
    jmp elsewhere@PLT
    .cfi_endproc
    .size imports, . - imports
    .section .data.rel.ro, "aw"
    .quad hidden
    .section .note.GNU-stack, "", @progbits
    """)
    subprocess.run(["gcc", "-shared", "-nostdlib", "-s", "-o", target, source], check=True, capture_output=True)
    return target.read_bytes()


def archives(folder: Path) -> Iterator[tuple[str, Format]]:
    """A static library, and a thin one that may name itself and what is no object."""
    for name in ("module", "two"):
        (folder / name).write_bytes((folder / f"{name}.o").read_bytes())
    members = ["a-member-with-a-long-name.o", "two.o"]
    (folder / members[0]).write_bytes((folder / "module.o").read_bytes())
    for kind, options in (("archive", "rcs"), ("archive-thin", "rcsT")):
        subprocess.run(["ar", options, f"{kind}.a", *members], check=True, cwd=folder, capture_output=True)
        content = (folder / f"{kind}.a").read_bytes()
        text = (8, 400)
        headers = [(at, 1) for at in range(8, min(len(content), 400))]
        beside = {member: (folder / member).read_bytes() for member in members} if "thin" in kind else {}
        yield kind, Format(f"{kind}.a", content, headers, text, beside=beside)
        yield f"{kind}-whole", Format(f"{kind}.a", content, beside=beside)
    self_named = b"!<thin>\n" + b"x.a/".ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8)
    self_named += b"100".ljust(10) + b"`\n"
    yield "archive-self", Format("x.a", self_named * 3, [(at, 1) for at in range(60)])


def elf_formats(folder: Path) -> Iterator[tuple[str, Format]]:
    """Objects, modules and shared objects, damaged table by table."""
    relocatable, both, library = module(folder), two_functions(folder), shared_object(folder)
    yield "object", Format("x.o", both, elf_headers(both))
    yield "object-symbols", Format("x.o", both, entries(both, ".symtab"), section_of(both, ".strtab"))
    yield "module", Format("x.ko", relocatable, elf_headers(relocatable), excused=relocated)
    for table in (".symtab", ".rela", ".debug_line", ".debug_info", ".debug_abbrev", "__ex_table", "__bug_table",
                  ".altinstructions", "__jump_table", ".eh_frame", ".modinfo", ".strtab", ".shstrtab"):  # fmt: skip
        exact = ".rela.text" if table == ".rela" else table
        yield (
            f"module-{table.strip('._')}",
            Format("x.ko", relocatable, entries(relocatable, table), section_of(relocatable, exact), excused=relocated),
        )
    for codec in ("gzip", "xz", "zstd", "bzip2"):
        yield f"module-{codec}", Format("x.ko.packed", PACKERS[codec](relocatable))
    yield (
        "module-inside-zstd",
        Format("x.ko.zst", relocatable, elf_headers(relocatable), seal=PACKERS["zstd"], excused=relocated),
    )
    yield "library", Format("x.so", library, elf_headers(library))
    for table in (".eh_frame", ".dynsym", ".rela", ".dynstr", ".dynamic"):
        exact = ".rela.dyn" if table == ".rela" else table
        yield (
            f"library-{table.strip('._')}",
            Format("x.so", library, entries(library, table), section_of(library, exact)),
        )


def kernel_formats(folder: Path) -> Iterator[tuple[str, Format]]:
    """vmlinux with and without symbols, in every layout of kallsyms and every packing."""
    both = f"right: {_RIGHT}\n.size right, . - right\n.type wrong, @function\nwrong: {_WRONG}\n.size wrong, . - wrong\n"
    source = SOURCE.replace(f"wrapper: {TDCALL}\n    ret", f"wrapper: {_RIGHT}").replace(
        ".weak jumps", f".type right, @function\n{both}.weak jumps"
    )
    source = source.replace("wrapper - ., jumps - .", "wrapper - ., fill_0 - .")
    whole = kernel(folder, source=source)
    linked, bare = whole.read_bytes(), stripped(whole).read_bytes()
    yield "vmlinux", Format("vmlinux", linked, elf_headers(linked))
    yield "vmlinux-symtab", Format("vmlinux", linked, entries(linked, ".symtab"), section_of(linked, ".strtab"))
    yield "vmlinux-stripped", Format("vmlinux", bare, elf_headers(bare))
    for version in ("6.1", "6.2", "6.4", "7.0", "7.2"):
        data = stripped(kernel(folder, version, source=source)).read_bytes()
        tables = section_of(data, ".rodata")
        fields = [(at, 4) for at in range(*tables, 4)]
        yield f"kallsyms-{version}", Format("vmlinux", data, fields, tables)
    header = [(0x1F1, 1), (0x202, 4), (0x206, 2), (0x248, 4), (0x24C, 4)]
    for codec in (*PACKERS, "none"):
        packed = bare if codec == "none" else payload(codec, bare)
        start = SETUP_SIZE + PAYLOAD_OFFSET
        fields = [*header, (start + len(packed) - 4, 4), *[(start + at, 1) for at in range(32)]]
        yield f"vmlinuz-{codec}", Format("vmlinuz", bzimage(packed), fields)
    yield "vmlinuz-inside", Format("vmlinuz", bare, elf_headers(bare), seal=lambda data: bzimage(payload("lz4", data)))


# -- Windows and firmware ----------------------------------------------------------------------------------------------

_RIGHT_CODE = uefi.WRAPPER
_STUCK = bytes.fromhex("0f33 31c9 4531d2 660f01cc 0f33 c3 90")


def _numbers(start: int, end: int) -> list[tuple[int, int]]:
    return [(at, width) for width in (1, 2, 4, 8) for at in range(start, end, width)]


def marked_as_data(data: bytes) -> bool:
    """Whether no section of a PE image that is marked as code holds the wrong function: its loader takes it for data.

    The only damage that leaves nothing to find: flags are not said twice, and the images have no symbols.
    """
    start = struct.unpack_from("<I", data, 0x3C)[0]
    count, optional = struct.unpack_from("<H", data, start + 6)[0], struct.unpack_from("<H", data, start + 20)[0]
    table = data[start + 24 + optional :][: 40 * count]
    rows = struct.iter_unpack("<8sIIIIIIHHI", table[: len(table) // 40 * 40])
    return not any(
        flags & (0x20 | 0x2000_0000) and WRONG in data[offset : offset + raw]
        for _, _, _, raw, offset, _, _, _, _, flags in rows
    )


def coff_relocated(data: bytes, top: int = 20) -> bool:
    """Whether a relocation of a COFF object was moved into the wrong function: a linker then changes its code."""
    for _, _, _, size, offset, start, _, count, _, _ in struct.iter_unpack("<8sIIIIIIHHI", data[top : top + 80]):
        at = data.find(WRONG, offset, offset + size) - offset
        rows = struct.iter_unpack("<IIH", data[start : start + 10 * count][: 10 * count])
        if at >= 0 and any(at - 8 < place < at + len(WRONG) for place, _, _ in rows):
            return True
    return False


def module_marked_as_data(data: bytes) -> bool:
    """The same of the module that the wrong function is in, where it is not packed."""
    at = data.find(WRONG)
    return at >= 0 and marked_as_data(data[data.rfind(b"MZ", 0, at) :])


def terse_marked_as_data(data: bytes) -> bool:
    """The same of a TE image."""
    missing = struct.unpack_from("<H", data, 6)[0] - 40
    rows = struct.iter_unpack("<8sIIIIIIHHI", data[40 : 40 + 40 * data[4]])
    return not any(
        flags & (0x20 | 0x2000_0000) and WRONG in data[max(0, offset - missing) : offset - missing + raw]
        for _, _, _, raw, offset, _, _, _, _, flags in rows
    )


_LZMA_HEADER, _TIANO_HEADER = 13, 8


def _without(packed: bytes) -> Callable[[bytes], bool]:
    """Whether packed bytes, which have no check sum, have changed: what they unpack to then is what runs."""
    return lambda data: packed not in data


def volume_with(files: bytes) -> bytes:
    """A firmware volume with a right header around whatever is taken for its files."""
    return uefi.volume(files)


def packed_volume(inner: bytes) -> bytes:
    """A damaged volume in an undamaged one, packed as firmware is."""
    return uefi.volume(
        uefi.file(uefi.guided(uefi.LZMA_GUID, uefi.packed(uefi.section(uefi.VOLUME_IMAGE, inner))), kind=0x0B)
    )


def firmware_formats() -> Iterator[tuple[str, Format]]:
    """PE, COFF, TE, volumes and capsules; volumes also inside of an undamaged one, where readers go deeper."""
    code, data = (b".text", uefi.CODE, _RIGHT_CODE), (b".init", uefi.CODE, WRONG)
    image = uefi.pe(code, data, (b".data", uefi.DATA, bytes(32)))
    yield "pe", Format("x.efi", image, _numbers(0x3C, 0x278), excused=marked_as_data)
    one = uefi.pe((b".text", uefi.CODE, uefi.pad(_RIGHT_CODE, 16, b"\xcc") + WRONG))
    yield "pe-one-section", Format("x.efi", one, _numbers(0x3C, 0x228), excused=marked_as_data)
    library = uefi.library(_RIGHT_CODE, WRONG, b"Exported")
    top = len(library)
    yield "pe-headers", Format("x.dll", library, _numbers(0x3C, 0x250), excused=marked_as_data)
    yield "pe-tables", Format("x.dll", library, _numbers(0x600, top), (0x600, top))
    calls = b"\xe9" + bytes(4) + _RIGHT_CODE + WRONG
    symbols = [("Jumps", 0, 1, 0x20, 2), ("Right", 5, 1, 0x20, 2), ("LosesARegister", 5 + len(_RIGHT_CODE), 1, 0, 2),
               ("Other", 0, 0, 0x20, 2), ("t", 8, 2, 0, 3)]  # fmt: skip
    linkable = uefi.coff(calls, [(1, 3, 4)], symbols, bytes(16))
    yield "coff", Format("x.obj", linkable, _numbers(0, 100), excused=coff_relocated)
    yield (
        "coff-tables",
        Format(
            "x.obj", linkable, _numbers(100, len(linkable)), (100 + len(calls), len(linkable)), excused=coff_relocated
        ),
    )
    big = uefi.coff(calls, [(1, 3, 4)], symbols, bytes(16), big=True)
    yield "coff-big", Format("x.obj", big, _numbers(0, 136), excused=functools.partial(coff_relocated, top=56))
    yield "te", Format("x.te", uefi.terse(one), _numbers(0, 40 + 40), excused=terse_marked_as_data)
    driver, broken = uefi.pe(code), uefi.pe((b".text", uefi.CODE, WRONG))
    inner = uefi.file(uefi.section(uefi.PE32, driver), uefi.name_section("TdxDxe"))
    wrong = uefi.file(uefi.section(uefi.PE32, broken), uefi.name_section("WrongDxe"))
    files = uefi.pad(inner, 8, b"\xff") + wrong
    flat = uefi.volume(inner, wrong)
    nested, packing = packed_volume(flat), uefi.packed(uefi.section(uefi.VOLUME_IMAGE, flat))[_LZMA_HEADER:]
    yield "volume", Format("x.fd", nested, _numbers(16, 140), excused=_without(packing))
    yield "volume-plain", Format("x.fd", flat, _numbers(16, 140), excused=module_marked_as_data)
    yield "volume-inside", Format("x.fd", flat, _numbers(16, 140), seal=packed_volume, excused=module_marked_as_data)
    yield "volume-files", Format("x.fd", files, _numbers(0, 60), seal=volume_with, excused=module_marked_as_data)
    second = len(files) - len(wrong)
    yield (
        "volume-last-file",
        Format("x.fd", files, _numbers(second, second + 60), seal=volume_with, excused=module_marked_as_data),
    )
    module, other = uefi.section(uefi.PE32, driver), uefi.section(uefi.PE32, broken)
    last = uefi.packed(other)
    many = [
        uefi.section(uefi.RAW, b"x" * 9),
        uefi.section(uefi.COMPRESSED, struct.pack("<IB", len(module), 0) + module),
        uefi.guided(uefi.TIANO_GUID, tiano(module)),
        uefi.guided(uefi.LZMA_GUID, last),
    ]
    starts = accumulate(map(len, many[:-1]), initial=0)
    headers = [field for start in starts for field in _numbers(start, start + 32)]
    yield (
        "volume-sections",
        Format(
            "x.fd",
            b"".join(many),
            headers,
            seal=lambda d: uefi.volume(uefi.file(d)),
            excused=_without(last[_LZMA_HEADER:]),
        ),
    )
    last_two = uefi.packed(module + other)
    for name, which, packed, header in (("tiano", uefi.TIANO_GUID, tiano(module + other), _TIANO_HEADER),
                                        ("lzma", uefi.LZMA_GUID, last_two, _LZMA_HEADER)):  # fmt: skip
        sealed = functools.partial(_packed_by, which)
        yield f"volume-{name}", Format("x.fd", packed, _numbers(0, 16), seal=sealed, excused=_without(packed[header:]))
    yield "capsule", Format("x.cap", uefi.capsule(nested), _numbers(16, 170), excused=_without(packing))
    yield "capsule-plain", Format("x.cap", uefi.capsule(flat), _numbers(16, 170), excused=module_marked_as_data)


def tiano(data: bytes) -> bytes:
    """Packed as firmware of Tiano is."""
    from uefi_firmware import efi_compressor

    found: bytes = efi_compressor.TianoCompress(data, len(data))
    return found


def _packed_by(which: str, packed: bytes) -> bytes:
    return uefi.volume(uefi.file(uefi.guided(which, packed)))


# -- what has no structure, and contracts ------------------------------------------------------------------------------


def raw_formats() -> Iterator[tuple[str, Format]]:
    """Machine code at an address that is low, high, or close to the end of the address space."""
    code = _STUCK + b"\x90" * 5 + _STUCK
    for base in ("0x1000", "0xfffff000", "0xfffffffffffffe00"):
        yield f"raw-{base}", Format("x.bin", code, _numbers(0, len(code)), options=("--base", base))


CONTRACT = b"""schema: tdxprove.contracts/1
set: mine
title: one
structs: {request: {size: 24, fields: {mask: 0, number: 8}, source: [here]}}
variables: {flags: {bytes: 8, source: [here]}}
contracts:
  right:
    prototype: "u64 right(u64 gpa, u64 *size, struct request *r)"
    convention: sysv
    arguments:
      gpa: u64
      size: {points_to: "u64[1]", access: write, optional: true}
      r: {points_to: request, access: read}
    requires: [{that: "gpa & 0xfff == 0", reason: as it is}]
    call:
      tdvmcall: MapGPA
      inputs: {r12: gpa, r13: "(r.number + 1) * 2 if size != 0 else data.flags"}
      outputs: {r11: {to: "size[0]", when: "call.r10 == 0"}}
      failure: panic
    returns: {rax: call.r10}
    source: ["a mail"]
"""


def every_format(folder: Path) -> dict[str, Format]:
    """By name; building them takes a compiler and some seconds."""
    makers = (elf_formats, archives, kernel_formats)
    found = {name: one for maker in makers for name, one in maker(folder)}
    return {**found, **dict(firmware_formats()), **dict(raw_formats())}
