"""The Linux kernel's bzImage (`vmlinuz`): its setup header, and the ELF file that is packed into it.

Fields and their offsets: Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tdxprove import compression
from tdxprove.binary import rejection
from tdxprove.sites import candidates

_MAGIC = b"HdrS"
_MAGIC_AT, _VERSION_AT, _SETUP_SECTORS_AT, _PAYLOAD_AT = 0x202, 0x206, 0x1F1, 0x248
_HEADER_END = 0x250
_OLDEST = 0x0208  # 2.08, which introduced payload_offset
_SECTOR = 512
_REBUILD = "copy or build the file again"
_OTHER = "pass the vmlinux of the same build"


def is_kernel_image(view: memoryview) -> bool:
    """Return whether a file has the magic number of the setup header."""
    return bytes(view[_MAGIC_AT:_VERSION_AT]) == _MAGIC


def vmlinux(name: str, view: memoryview) -> memoryview:
    """Return the ELF file in a kernel image, unpacked.

    What stands behind it, the list of addresses that KASLR adjusts, comes along: the ELF headers do not name it.

    Raises:
        ImageError: the image is too old, truncated, damaged or packed in an unknown format, or its sizes lie.
    """
    if len(view) < _HEADER_END:
        raise rejection(name, "truncated in the setup header of a kernel image", _REBUILD)
    (version,) = struct.unpack_from("<H", view, _VERSION_AT)
    if version < _OLDEST:
        told = f"{version >> 8}.{version & 0xFF:02}"
        raise rejection(name, f"kernel image of boot protocol {told}, which does not say where its code is", _OTHER)
    start, length = _payload(view)
    if not start or not length:
        raise rejection(name, "kernel image without a payload", _OTHER)
    if start + length > len(view):
        reason = f"truncated: the kernel's payload ends at byte {start + length} of a file of {len(view)}"
        raise rejection(name, reason, _REBUILD)
    found = _unpacked(name, view[start : start + length])
    if bytes(found[:4]) != b"\x7fELF":
        raise rejection(name, "the kernel image's payload is no ELF file", _OTHER)
    return found


@dataclass(frozen=True)
class BootCode:
    """What a kernel image holds beside its payload, by offset: code that unpacks it, and data that this writes.

    In a TD that code makes TDX calls, too (Linux arch/x86/boot/compressed/tdcall.S); it has no symbols. The size of
    data is that in memory.
    """

    code: Mapping[int, memoryview]
    data: Mapping[int, tuple[memoryview, int]]


def boot_code(view: memoryview, written: Iterable[tuple[int, int, int]]) -> BootCode | None:
    """Return the code of a kernel image that has been unpacked; None if it holds no bytes of a TDX instruction.

    `written` are the sections that may be written: where they begin and end in the file, and their sizes in memory. The
    PE header tells, for firmware to load the image (Documentation/admin-guide/efi-stub.rst).
    """
    start, length = _payload(view)
    data = {at: (view[at:end], size) for at, end, size in written if at >= start + length}
    parts = {0: view[:start], start + length: view[start + length : min(data, default=len(view))]}
    code = {at: part for at, part in parts.items() if next(candidates(part), None) is not None}
    return BootCode(code, data) if code else None


def _payload(view: memoryview) -> tuple[int, int]:
    """Offset of the payload, 0 for none, and its length."""
    offset, length = struct.unpack_from("<II", view, _PAYLOAD_AT)
    return ((view[_SETUP_SECTORS_AT] or 4) + 1) * _SECTOR + offset if offset else 0, length


def _unpacked(name: str, payload: memoryview) -> memoryview:
    if bytes(payload[:4]) == b"\x7fELF":
        return payload
    if len(payload) < 8:
        raise rejection(name, f"the kernel image's payload has {len(payload)} bytes", _REBUILD)
    # gzip ends with the size itself (RFC 1952, section 2.3.1); the build appends it to the others (size_append in
    # scripts/Makefile.lib), for the boot code reads it from there.
    gzip = bytes(payload[:2]) == b"\x1f\x8b"
    (size,) = struct.unpack_from("<I", payload, len(payload) - 4)
    found = compression.unpack(name, payload if gzip else payload[:-4], size)
    if found is None:
        magic = bytes(payload[:4]).hex()
        raise rejection(name, f"the kernel image is packed in an unknown format (magic {magic})", _OTHER)
    return memoryview(found)
