"""Small kernels for tests: a linked vmlinux with kallsyms, stripped as the build does, and packed into a bzImage."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import subprocess
import zlib
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import lz4.block
import zstandard
from lzallright import LZOCompressor

TDCALL = ".byte 0x66, 0x0f, 0x01, 0xcc"
BASE = 0xFFFF_FFFF_8100_0000
SETUP_SIZE, PAYLOAD_OFFSET = 1024, 256
FILLERS = 600
LONG_NAME = "generic_" + "q" * 140
RELATIVE = ("7.0", "7.2")
"""Versions of which each entry of kallsyms is relative to its own place."""
Row = tuple[str, str, int]
"""Type, name and address of a symbol, as nm tells them and kallsyms keeps them."""

# -- vmlinux -----------------------------------------------------------------------------------------------------------

FILLING = "\n".join(f".type fill_{number}, @function; fill_{number}: ret; nop" for number in range(FILLERS))
SOURCE = f"""
    .text
    .globl _text, wrapper, _etext, linux_banner, percpu_start
    _text: nop
    .type wrapper, @function
    wrapper: {TDCALL}
    ret
    .size wrapper, . - wrapper
    .type {LONG_NAME}, @function
    {LONG_NAME}: ret
    .weak jumps
    .type jumps, @function
    jumps: nop
    ret
    {FILLING}
    _etext: .skip 16
    .set percpu_start, 0x10
    .section __ex_table, "a"
    .long wrapper - ., jumps - ., 1
    .section .rodata, "a"
    .quad 0x0123456789abcdef, 0, 0
    linux_banner: .asciz "Linux version 6.12.1 (test)"
    .balign 8
    .globl __end_rodata
    __end_rodata:
    __start___jump_table: .long jumps - ., _text - ., 0, 0
    __stop___jump_table: __start_static_call_sites: __stop_static_call_sites: .quad -1
    .section .note.GNU-stack, "", @progbits
    .section .rodata, "a"
"""


def kernel(
    folder: Path, version: str = "6.4", all_symbols: bool = True, absolute_percpu: bool = True, source: str = SOURCE
) -> Path:
    """A vmlinux with its symbol table, linked twice as scripts/link-vmlinux.sh does: kallsyms needs the addresses."""
    wanted = [row for row in nm(link(folder, source)) if all_symbols or row[0] in "tTwW"]
    if version in RELATIVE:
        wanted = [row for row in wanted if row[0] != "A"]
    if version == "7.2":  # as the linker types a label that follows on code
        wanted = [("T" if name == "__end_rodata" else kind, name, address) for kind, name, address in wanted]
    return link(folder, source + kallsyms(wanted, version, absolute_percpu))


def link(folder: Path, text: str) -> Path:
    """A linked kernel of that assembly text."""
    assembly, vmlinux = folder / "kernel.s", folder / "vmlinux"
    assembly.write_text(text)
    # Tables in .rodata may move what stands behind it, nothing else; so it is placed, too.
    places = f"-Wl,-Ttext={BASE:#x},--section-start=__ex_table={BASE + 0x40_0000:#x},-Tdata={BASE + 0x100_0000:#x}"
    options = ["-nostdlib", "-static", "-no-pie", places, f"-Wl,--section-start=.rodata={BASE + 0x80_0000:#x}"]
    command = ["gcc", *options, "-Wl,-e,_text,--build-id=none", "-o", str(vmlinux), str(assembly)]
    subprocess.run(command, check=True, capture_output=True)
    return vmlinux


def nm(path: Path) -> list[Row]:
    """The symbols of a file by address."""
    result = subprocess.run(["nm", "-n", path], check=True, capture_output=True, text=True)
    listed = [line.split() for line in result.stdout.splitlines()]
    linker_made = ("__bss_start", "_edata", "_end")
    return [(kind, name, int(address, 16)) for address, kind, name in listed if name not in linker_made]


def stripped(path: Path) -> Path:
    """A copy without symbols, made as arch/x86/boot/compressed/Makefile makes vmlinux.bin."""
    target = path.with_name(f"{path.name}.bin")
    subprocess.run(["objcopy", "-R", ".comment", "-S", path, target], check=True, capture_output=True)
    return target


# -- kallsyms ----------------------------------------------------------------------------------------------------------
# The layouts are those of Linux, scripts/kallsyms.c (write_src), at v6.1, v6.2, v6.4 and v7.0,
# and that of Debian's linux-image-7.2.13+deb14-cloud-amd64.

_TOKENS = {0x01: "fill_", 0x02: "qq", 0x80: "percpu", 0xFE: "tfill_1"}


def kallsyms(symbols: Sequence[Row], version: str = "6.4", absolute_percpu: bool = True) -> str:
    """The tables as assembly text, in the layout of that version of Linux."""
    used = {character for kind, name, _ in symbols for character in kind + name}
    tokens = [_TOKENS.get(byte, chr(byte) if chr(byte) in used else "") for byte in range(256)]
    for digit in range(10):
        tokens[ord(str(digit))] = str(digit)
    packed = [_packed(kind + name) for kind, name, _ in symbols]
    starts = list(accumulate(map(len, packed), initial=0))
    table = [token.encode() + b"\0" for token in tokens]
    index = list(accumulate(map(len, table), initial=0))[:256]
    names = [".balign 8", f".long {len(symbols)}", ".balign 8", *map(_bytes, packed)]
    markers = [".balign 8", *(f".long {start}" for start in starts[:-1:256])]
    strings = [".balign 8", *map(_bytes, table), ".balign 8", *(f".short {start}" for start in index)]
    offsets = [".balign 8", *(_offset(row, version, absolute_percpu) for row in symbols)]
    base = [".balign 8", ".quad _text"]
    order = [".balign 8", ".byte " + ", ".join("1" for _ in range(3 * len(symbols)))]
    parts = {
        "6.1": [*offsets, *base, *names, *markers, *strings],
        "6.2": [*offsets, *base, *names, *markers, *order, *strings],
        "6.4": [*names, *markers, *strings, *offsets, *base, *order],
        "7.0": [*names, *markers, *strings, *offsets, *order],
        "7.2": [*names, *markers, *strings, *offsets, *order],
    }
    # After the count, names stand at once where all is aligned to 4 bytes; here they are then not aligned to 8.
    text = "\n".join(parts[version])
    return text if version != "7.2" else ".balign 8\n" + text.replace(".balign 8", ".balign 4")


def _packed(text: str) -> bytes:
    data = text.encode()
    for byte, token in sorted(_TOKENS.items(), key=lambda item: -len(item[1])):
        data = data.replace(token.encode(), bytes([byte]))
    length = len(data)
    return (bytes([length]) if length < 0x80 else bytes([length & 0x7F | 0x80, length >> 7])) + data


def _offset(row: Row, version: str, absolute_percpu: bool) -> str:
    kind, name, address = row
    if version in RELATIVE:
        return f".long {name} - ."
    if not absolute_percpu:
        return f".long {(address - BASE) & 0xFFFF_FFFF}"
    return f".long {address if kind == 'A' else (BASE - 1 - address) & 0xFFFF_FFFF}"


def _bytes(data: bytes) -> str:
    return ".byte " + ", ".join(map(str, data))


# -- bzImage -----------------------------------------------------------------------------------------------------------


def _xz(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 1}]  # scripts/xz_wrap.sh
    return lzma.compress(data, check=lzma.CHECK_CRC32, filters=filters)


def _lz4(data: bytes) -> bytes:
    packed = [lz4.block.compress(data[at : at + (8 << 20)], store_size=False) for at in range(0, len(data), 8 << 20)]
    return b"\x02\x21\x4c\x18" + b"".join(struct.pack("<I", len(block)) + block for block in packed)


def _lzo(data: bytes) -> bytes:
    """What `lzop -9` writes for a pipe: version 1.04, a check sum of the unpacked data, blocks of 256 KiB."""
    head = struct.pack(">HHHBBIIIIB", 0x1040, 0x20A0, 0x0940, 3, 9, 0x0300_0001, 0, 0, 0, 0)
    out = b"\x89LZO\x00\r\n\x1a\n" + head + struct.pack(">I", zlib.adler32(head))
    for at in range(0, len(data), 256 << 10):
        block = data[at : at + (256 << 10)]
        packed = LZOCompressor().compress(block)
        packed = packed if len(packed) < len(block) else block
        out += struct.pack(">III", len(block), len(packed), zlib.adler32(block)) + packed
    return out + bytes(4)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE, preset=1),
    "xz": _xz,
    "lzo": _lzo,
    "lz4": _lz4,
    "zstd": lambda data: zstandard.ZstdCompressor(level=19).compress(data),
}


def payload(codec: str, data: bytes, size: int | None = None) -> bytes:
    """The packed kernel with the size behind it (gzip has its own), or a lie about the size."""
    packed = PACKERS[codec](data)
    if codec == "gzip":
        return packed if size is None else packed[:-4] + struct.pack("<I", size)
    return packed + struct.pack("<I", len(data) if size is None else size)


def bzimage(packed: bytes, version: int = 0x20F, magic: bytes = b"HdrS") -> bytes:
    """A kernel image around a payload (Documentation/arch/x86/boot.rst)."""
    image = bytearray(SETUP_SIZE + PAYLOAD_OFFSET)
    image[:2], image[0x1F1] = b"MZ", SETUP_SIZE // 512 - 1
    image[0x202:0x206] = magic
    struct.pack_into("<H", image, 0x206, version)
    struct.pack_into("<II", image, 0x248, PAYLOAD_OFFSET, len(packed))
    return bytes(image) + packed + bytes(64)
