"""Files of formats that are not read: what they are, by their first bytes, and what to pass in their place."""

from __future__ import annotations

import struct
from typing import Final

from tdxprove.binary import rejection
from tdxprove.errors import ImageError

MACHINES: Final = {
    0x14C: "i386", 0x1C0: "ARM", 0x1C2: "ARM", 0x1C4: "ARM", 0xAA64: "AArch64", 0xA641: "AArch64", 0x5064: "RISC-V",
    0x6264: "LoongArch", 0xEBC: "EFI byte code",
}  # fmt: skip
"""Machines of PE and COFF files other than x86-64 (PE format, "Machine Types")."""

KNOWN: Final = (
    "pass an x86-64 ELF object, archive, module, kernel or executable, a PE or COFF file, UEFI firmware, "
    "or raw code with --base"
)
_X86 = "pass an x86-64 file"
_VMLINUX = "pass the vmlinux of the same build, built for x86-64"
_UNPACK = "unpack it, pass the files in it"
_RAW_DISK = "convert it to a raw image (qemu-img convert -O raw)"
_COMPILE = "compile it to an x86-64 ELF or COFF object"
_DEBUG = "pass the image that it belongs to"

_FORMATS: Final = (
    (56, b"ARM\x64", "a Linux kernel image for AArch64", _VMLINUX),
    (56, b"RSC\x05", "a Linux kernel image for RISC-V", _VMLINUX),
    (4, b"zimg", "a compressed EFI kernel image, which x86-64 has not", _VMLINUX),
    (0, b"\x27\x05\x19\x56", "a U-Boot image", _UNPACK),
    (0, b"\xd0\x0d\xfe\xed", "a device tree or FIT image", _UNPACK),
    (0, b"PK\x03\x04", "a ZIP archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"07070", "a cpio archive, such as an initramfs", _UNPACK),
    (0, b"\xed\xab\xee\xdb", "an RPM package", _UNPACK),
    (0, b"MSCF", "a cabinet file", "unpack it, pass the capsule or image in it"),
    (32769, b"CD001", "an ISO 9660 image", _UNPACK),
    (0, b"QFI\xfb", "a QCOW2 disk image", _RAW_DISK),
    (0, b"KDMV", "a VMDK disk image", _RAW_DISK),
    (8, b"vhdxfile", "a VHDX disk image", _RAW_DISK),
    (0, b"IGVM", "an IGVM file, which holds the pages of a guest", "pass the images that it was built from"),
    (0, b"BC\xc0\xde", "LLVM bitcode, not machine code", "compile it without link-time optimisation"),
    (0, b"\0asm", "a WebAssembly module", _COMPILE),
    (0, b"\xcf\xfa\xed\xfe", "a Mach-O file", _COMPILE),
    (0, b"\xce\xfa\xed\xfe", "a Mach-O file", _COMPILE),
    (0, b"\xca\xfe\xba\xbe", "a Mach-O or Java class file", _COMPILE),
    (0, b"Microsoft C/C++ MSF", "a PDB file, debug data without code", _DEBUG),
    (0, b"\x04\x22\x4d\x18", "data packed by lz4 with frames", "unpack it first"),
    (0, b"\x1f\xa0", "data packed by compress", "unpack it first"),
    (0, b"\x1f\x9d", "data packed by compress", "unpack it first"),
    (0, b"\x1f\x8b", "compressed data, packed twice", "unpack it first"),
    (0, b"\xfd7zXZ\0", "compressed data, packed twice", "unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "compressed data, packed twice", "unpack it first"),
    (0, b"BZh", "compressed data, packed twice", "unpack it first"),
    (0, b"!<arch>\n", "a static library", "pass it unpacked"),
    (0, b"!<thin>\n", "a thin archive", "pass it unpacked, beside its members"),
)
"""Offset and bytes that mark a format; what it is; what to do."""


def refusal(name: str, view: memoryview) -> ImageError:
    """Return the error for a file of none of the formats that are read."""
    for at, magic, what, advice in _FORMATS:
        if bytes(view[at : at + len(magic)]) == magic:
            return rejection(name, f"is {what}", advice)
    if (machine := _object_machine(view)) is not None:
        return rejection(name, f"is a COFF object for {machine}, not for x86-64", _X86)
    start = bytes(view[:512])
    if not start.strip(b"\0"):
        return rejection(name, f"of no known format: it begins with {len(start)} zeros", KNOWN)
    if all(0x20 <= byte < 0x7F or byte in b"\t\n\r\f" for byte in start):
        return rejection(name, "is text, not machine code", "assemble or compile it, or pass what was built from it")
    return rejection(name, f"of no known format: it begins with the bytes {start[:8].hex(' ')}", KNOWN)


def _object_machine(view: memoryview) -> str | None:
    """The machine that a COFF object is for, if its header is plausible: two bytes alone say little."""
    if len(view) < 20:
        return None
    machine, sections, _, symbols, count, optional, _ = struct.unpack_from("<HHIIIHH", view)
    plausible = 0 < sections < 0xFF00 and not optional and symbols + 18 * count <= len(view)
    return MACHINES.get(machine) if plausible and 20 + 40 * sections <= len(view) else None
