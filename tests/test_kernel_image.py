"""Kernels as distributions install them, packed modules, raw code, stripped files: read whole or refused."""

from __future__ import annotations

import gzip
import re
import shutil
import struct
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdxprove import compression
from tdxprove.contract_file import load_contracts
from tdxprove.contract_set import bundled_sets
from tdxprove.errors import ImageError
from tdxprove.image import Image, load_images
from tests.corruption import SETTINGS
from tests.helpers import TDCALL, function, load, refusal, run, words
from tests.kernel_files import (
    BASE,
    FILLERS,
    LONG_NAME,
    PACKERS,
    PAYLOAD_OFFSET,
    SETUP_SIZE,
    SOURCE,
    bzimage,
    kernel,
    payload,
    stripped,
)

VERSIONS = ("6.1", "6.2", "6.4", "7.0", "7.2")


def saved(folder: Path, data: bytes, name: str = "vmlinuz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture(scope="session")
def vmlinux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kernel(tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="session")
def elf(vmlinux: Path) -> bytes:
    """The stripped kernel."""
    return stripped(vmlinux).read_bytes()


def knowledge(image: Image) -> tuple[object, ...]:
    """All that a proof asks of an image, but for the sizes of symbols, which kallsyms does not have."""
    sites = [(site.address, site.instruction, site.symbol and site.symbol.name) for site in image.sites]
    names = {(symbol.name, symbol.address) for symbol in image.functions()}
    return sites, names, image.rewrites, dict(image.fixups), dict(image.bugs), image.unlocated


# -- kernel images -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", PACKERS)
def test_every_codec_gives_what_vmlinux_gives(vmlinux: Path, elf: bytes, codec: str, tmp_path: Path) -> None:
    image = load(saved(tmp_path, bzimage(payload(codec, elf + bytes(1000)))))
    assert knowledge(image) == knowledge(load(vmlinux))
    assert [image.locate(site.address) for site in image.sites] == ["wrapper+0x0"]


def test_payload_that_is_not_packed(vmlinux: Path, elf: bytes, tmp_path: Path) -> None:
    assert knowledge(load(saved(tmp_path, bzimage(elf)))) == knowledge(load(vmlinux))


def test_code_that_unpacks_the_kernel_is_not_lost(elf: bytes, tmp_path: Path) -> None:
    image = bytearray(bzimage(payload("xz", elf)))
    image[SETUP_SIZE + 16 : SETUP_SIZE + 20] = bytes.fromhex("660f01cc")
    start = -len(image) % 16 + len(image)
    code = bytes(start - len(image)) + bytes.fromhex("4889f8660f01ccc3")
    kernel_itself, boot = load_images(saved(tmp_path, bytes(image) + code))
    assert [kernel_itself.locate(site.address) for site in kernel_itself.sites] == ["wrapper+0x0"]
    assert boot.member == "boot"
    assert [site.address for site in boot.sites] == [SETUP_SIZE + 16, start + 3]
    assert [boot.locate(site.address) for site in boot.sites] == [f"{SETUP_SIZE + 16:#x}", f"sub_{start:x}+0x3"]


def test_setup_sectors_default_to_four(elf: bytes, tmp_path: Path) -> None:
    image = bytearray(bzimage(payload("gzip", elf)))
    image[0x1F1] = 0
    moved = image[:SETUP_SIZE] + bytes(5 * 512 - SETUP_SIZE) + image[SETUP_SIZE:]
    assert load(saved(tmp_path, bytes(moved))).sites


@pytest.mark.parametrize("cut", [0x206, 0x24F, SETUP_SIZE + 10, SETUP_SIZE + PAYLOAD_OFFSET + 100])
def test_truncated_images(elf: bytes, cut: int, tmp_path: Path) -> None:
    assert refusal(saved(tmp_path, bzimage(payload("xz", elf))[:cut])).startswith("truncated")


@pytest.mark.parametrize("codec", PACKERS)
@pytest.mark.parametrize("lie", [-1, 1, -5000, 1 << 20])
def test_sizes_that_lie(elf: bytes, codec: str, lie: int, tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, bzimage(payload(codec, elf, len(elf) + lie))))
    # gzip checks the size itself.
    assert "unpacks to" in message or (codec == "gzip" and "incorrect length check" in message)


@pytest.mark.parametrize("codec", PACKERS)
def test_size_beyond_the_limit(elf: bytes, codec: str, tmp_path: Path) -> None:
    assert "claims to unpack to" in refusal(saved(tmp_path, bzimage(payload(codec, elf, compression.LIMIT + 1))))


@pytest.mark.parametrize("codec", PACKERS)
def test_bombs_are_not_unpacked(codec: str, tmp_path: Path) -> None:
    path = saved(tmp_path, bzimage(payload(codec, bytes(128 << 20), 4096)))
    tracemalloc.start()
    try:
        message = refusal(path)
        assert "unpacks to more than 4096" in message or "damaged" in message
        assert tracemalloc.get_traced_memory()[1] < 96 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codec", PACKERS)
def test_packed_data_that_ends_early(elf: bytes, codec: str, tmp_path: Path) -> None:
    packed = payload(codec, elf)
    message = refusal(saved(tmp_path, bzimage(packed[: len(packed) // 2] + packed[-4:])))
    assert "damaged compressed data" in message or "unpacks to" in message


def test_headers_that_are_refused(elf: bytes, tmp_path: Path) -> None:
    packed = payload("gzip", elf)
    empty = bytearray(bzimage(packed))
    struct.pack_into("<I", empty, 0x24C, 0)
    cases = {
        "damaged PE image": bzimage(packed, magic=b"SrdH"),
        "boot protocol 2.07": bzimage(packed, version=0x0207),
        "without a payload": bytes(empty),
        "unknown format (magic deadbeef)": bzimage(b"\xde\xad\xbe\xef" + packed),
        "payload has 4 bytes": bzimage(b"\xfd7zX"),
        "no ELF file": bzimage(payload("lz4", b"MZ" + bytes(5000))),
    }
    for expected, data in cases.items():
        assert expected in refusal(saved(tmp_path, data))


def test_kernel_without_section_headers(elf: bytes, tmp_path: Path) -> None:
    bare = bytearray(elf)
    struct.pack_into("<Q", bare, 40, 0)
    assert refusal(saved(tmp_path, bzimage(payload("zstd", bytes(bare))))).startswith("no section headers")


def test_the_command_says_so_in_one_line(elf: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path, bzimage(payload("zstd", elf))[:-400])
    for command in ("sites", "prove"):
        result = run(words(command, path))
        assert result.returncode == 2
        assert result.stdout == ""
        assert result.stderr.startswith(f"tdxprove: error: {path}: truncated")
        assert result.stderr.count("\n") == 1


# -- kallsyms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("absolute_percpu", [True, False])
def test_kallsyms_of_every_layout(version: str, absolute_percpu: bool, tmp_path: Path) -> None:
    path = kernel(tmp_path, version, all_symbols=absolute_percpu, absolute_percpu=absolute_percpu)
    image, whole = load(stripped(path)), load(path)
    assert {(s.name, s.address) for s in image.functions()} == {(s.name, s.address) for s in whole.functions()}
    assert len(image.functions()) == FILLERS + 5
    assert image.address_of(LONG_NAME) == whole.address_of(LONG_NAME)
    assert image.address_of("linux_banner") == whole.address_of("linux_banner")


def test_tables_that_nothing_locates_are_named(tmp_path: Path) -> None:
    path = kernel(tmp_path, all_symbols=False)
    assert load(path).unlocated == ()
    assert load(stripped(path)).unlocated == ("jump label", "static call")
    report = run(words("prove", stripped(path), "--convention", "sysv")).stdout
    assert "no jump label is in the code that was executed" in " ".join(report.split())


def test_contract_sets_know_a_kernel_without_symbols_of_data(tmp_path: Path) -> None:
    image = load(stripped(kernel(tmp_path, all_symbols=False)))
    fitting = {name for name in bundled_sets() if load_contracts(name).matches(image.address_of, image.read)}
    assert fitting == {"linux-6.12"}


GUARDED = f"""
    .text
    .type guarded, @function
    guarded: endbr64
    sub $24, %rsp
    mov %gs:guard(%rip), %rax
    mov %rax, 8(%rsp)
    push %r12
    mov 8 + pv_ops(%rip), %rax
    call *8 + pv_ops(%rip)
    xor %edx, %edx
    xor %r10d, %r10d
    mov $12, %r11d
    xor %r12d, %r12d
    mov $0x1c00, %ecx
    xor %eax, %eax
    {TDCALL}
    pop %r12
    mov 8(%rsp), %rdx
    sub %gs:guard(%rip), %rdx
    jnz 1f
    add $24, %rsp
    ret
    1: call __stack_chk_fail
    .size guarded, . - guarded
    .type __stack_chk_fail, @function
    __stack_chk_fail: ud2
    .data
    .globl pv_ops, behind, {{name}}
    pv_ops: .quad 0, 0
    behind: .quad 0
    .set guard, {{name}}
    {{name}}: .quad 0
    .globl last
    last: .quad 0
"""
"""As `objdump -d` shows functions of Linux since 6.15: the canary is a per-CPU variable that only its symbol tells."""


@pytest.mark.parametrize("name", ["__stack_chk_guard", "__ref_stack_chk_guard"])
def test_objects_of_which_kallsyms_states_no_size_end_at_the_next_symbol(name: str, tmp_path: Path) -> None:
    image = load(stripped(kernel(tmp_path, "7.2", source=GUARDED.format(name=name) + SOURCE)))
    start = image.address_of("pv_ops")
    assert start is not None
    held = [offset for offset in range(-8, 48) if image.holds("pv_ops", start + offset)]
    assert held == list(range(16))
    assert [o for o in range(-8, 48) if image.holds("behind", start + o, 4)] == [16, 17, 18, 19]
    result = run(words("prove", image.path, "--symbol", "guarded", "-v"))
    assert "failure/" not in result.stdout
    assert re.search(r"^proved  guarded", result.stdout, re.MULTILINE), result.stdout


def test_kallsyms_that_contradict_themselves_are_not_believed(vmlinux: Path, elf: bytes, tmp_path: Path) -> None:
    count = len(load(stripped(vmlinux)).symbols)
    names = elf.index(struct.pack("<Q", count)) + 8
    tokens = elf.index(b"0\x001\x002\x00")
    index = elf.index(struct.pack("<3H", 0, 1, 7), tokens)
    offsets = index + 512
    markers = elf.rindex(bytes(4), 0, tokens - 300)
    for at in (names - 8, names, markers + 4, tokens + 2, index + 200, offsets + 43):
        data = bytearray(elf)
        data[at] ^= 0x7F
        image = load(saved(tmp_path, bytes(data), "kernel"))
        assert [site.symbol for site in image.sites] == [None], hex(at)


def test_kernel_without_kallsyms(elf: bytes, tmp_path: Path) -> None:
    image = load(saved(tmp_path, elf.replace(b"0\x001\x002\x00", b"0\x001\x003\x00"), "kernel"))
    assert [(site.address, site.symbol) for site in image.sites] == [(BASE + 1, None)]
    result = run(words("prove", image.path))
    assert result.returncode == 3
    assert "uncovered" in result.stdout


# -- packed modules, raw code, stripped files --------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["gzip", "xz", "zstd", "bzip2"])
def test_packed_modules(codec: str, tmp_path: Path) -> None:
    module = function(tmp_path, f"{TDCALL}\nret")
    packed = saved(tmp_path, PACKERS[codec](module.read_bytes()), "module.ko.packed")
    assert knowledge(load(packed)) == knowledge(load(module))
    cut = saved(tmp_path, packed.read_bytes()[:-20], "cut.ko.packed")
    assert refusal(cut).startswith("damaged compressed data")


def test_data_behind_the_packed_module_is_not_dropped(tmp_path: Path) -> None:
    module = function(tmp_path, f"{TDCALL}\nret").read_bytes()
    for codec in ("gzip", "xz", "zstd", "bzip2", "lzo"):
        packed = PACKERS[codec](module)
        assert load(saved(tmp_path, packed + bytes(8), "padded.ko")).sites
        assert "behind its end" in refusal(saved(tmp_path, packed + packed, "twice.ko"))


def test_packed_bomb_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compression, "LIMIT", 1 << 20)
    path = saved(tmp_path, gzip.compress(b"\x7fELF" + bytes(8 << 20)), "x.ko.gz")
    assert "unpacks to more than 1048576 bytes" in refusal(path)


def test_raw_code(tmp_path: Path) -> None:
    path = saved(tmp_path, bytes.fromhex("90660f01ccc3"), "shim.bin")
    result = run(words("sites", path, "--base", "0xfffff000"))
    assert result.returncode == 0
    assert "0xfffff001" in result.stdout
    result = run(words("prove", path, "--base", "4096", "--convention", "ms"))
    assert result.returncode == 1
    assert "sub_1000+0x5 (0x1005): error: rbx differs from its value at entry" in result.stdout
    for base, expected in {
        "0xffffffffffffffff": "exceed the address space",
        "text": "no number",
        "-1": "64-bit",
    }.items():
        result = run(words("sites", path, "--base", base))
        assert result.returncode == 2
        assert expected in result.stderr


def test_raw_code_reads_inside_only(tmp_path: Path) -> None:
    (image,) = load_images(saved(tmp_path, b"\x90\xc3", "x.bin"), 0x1000)
    assert [image.read(0x1000, 2), image.read(0xFFF, 2), image.read(0x1001, 2)] == [b"\x90\xc3", None, None]
    assert image.display(0x1001) == "0x1001"


def shared_object(folder: Path) -> Path:
    source, target = folder / "lib.c", folder / "lib.so"
    source.write_text(
        'static __attribute__((noinline)) long hidden(long x) { asm volatile(".byte 0x66, 0x0f, 0x01, 0xcc"'
        ' : "+a"(x) :: "memory"); return x; }\nlong exported(long x) { return hidden(x) + 1; }\n'
    )
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", target, source], check=True, capture_output=True)
    return target


def test_stripped_shared_object_has_the_bounds_of_the_unwind_tables(tmp_path: Path) -> None:
    whole = load(shared_object(tmp_path))
    hidden = whole.symbol("hidden")
    assert hidden is not None
    bare = Path(shutil.copy(whole.path, tmp_path / "bare.so"))
    subprocess.run(["strip", bare], check=True)
    image = load(bare)
    (site,) = image.sites
    assert site.symbol is not None
    shown = whole.display(hidden.address).removeprefix("0x")
    assert site.symbol.name == f"sub_{shown}"
    assert image.bounds(site.symbol) == whole.bounds(hidden)
    assert image.function("exported") == whole.function("exported")
    assert run(words("prove", bare)).stdout.count(f"sub_{shown}")


def test_malformed_unwind_tables_name_nothing(tmp_path: Path) -> None:
    path = shared_object(tmp_path)
    subprocess.run(["strip", path], check=True)
    command = ["objcopy", "--dump-section", f".eh_frame={tmp_path / 'frame'}", str(path)]
    subprocess.run(command, check=True)
    frame = (tmp_path / "frame").read_bytes()
    damaged = path.read_bytes().replace(frame, frame[:4] + b"\xff" * (len(frame) - 4))
    image = load(saved(tmp_path, damaged, "damaged.so"))
    (site,) = image.sites
    assert site.symbol is not None
    shown = image.display(site.symbol.address).removeprefix("0x")
    assert site.symbol.name == f"sub_{shown}", "found by control flow"


# -- damage ------------------------------------------------------------------------------------------------------------


def assert_documented(path: Path, base: int | None = None) -> None:
    """A damaged file is read, or refused as documented; nothing else."""
    started = time.monotonic()
    try:
        for image in load_images(path, base):
            knowledge(image)
            image.symbol("linux_banner")
    except ImageError as error:
        assert str(error).isprintable()
        assert str(path) in str(error)
    assert time.monotonic() - started < 5


@SETTINGS
@given(content=st.binary(min_size=1, max_size=200), base=st.integers(0, (1 << 64) - 1))
def test_any_bytes_are_raw_code(tmp_path: Path, content: bytes, base: int) -> None:
    assert_documented(saved(tmp_path, content, "raw.bin"), base)
