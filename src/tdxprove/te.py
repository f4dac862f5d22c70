"""Terse executables: PE images with a shortened header (UEFI Platform Initialization specification, vol. 1, ch. 15)."""

import struct

from tdxprove.binary import rejection
from tdxprove.foreign import MACHINES

SIGNATURE = b"VZ"

_TE = struct.Struct("<2sHBBHIIQIIII")
_DOS = struct.Struct("<2s58xI")
_FILE = struct.Struct("<4sHHIIIHH")
_OPTIONAL = struct.Struct("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII")
_SECTION = struct.Struct("<8sIIIIIIHHI")
_AMD64 = 0x8664
_DIRECTORIES = 6  # up to the base relocations, the only ones of these that a TE header keeps
_HEADERS = _FILE.size + _OPTIONAL.size + 8 * _DIRECTORIES
_PE32_PLUS, _EXECUTABLE, _ALIGNMENT = 0x20B, 0x22, 0x20
_CORRUPT = "the file is corrupt, build it again"


def pe_image(name: str, view: memoryview) -> bytes:
    """Return the PE image that a TE image was made of; what the tool dropped gets a neutral value.

    Section headers and their file offsets are those of the original file, of which StrippedSize bytes are missing.

    Raises:
        ImageError: the header is cut off, or more was stripped than a PE header holds.
    """
    if len(view) < _TE.size:
        raise rejection(name, "truncated in the TE header", _CORRUPT)
    _, machine, count, subsystem, stripped, entry, code, base, reloc, reloc_size, _, _ = _TE.unpack_from(view)
    if machine != _AMD64:
        built = MACHINES.get(machine, f"machine {machine:#x}")
        raise rejection(name, f"TE image built for {built}, not for x86-64", "pass an x86-64 file")
    if _TE.size + count * _SECTION.size > len(view):
        raise rejection(name, "truncated in the section table of the TE image", _CORRUPT)
    if stripped < _DOS.size + _HEADERS:
        raise rejection(name, f"TE header that replaces {stripped} bytes, fewer than a PE header has", _CORRUPT)
    rows = [_SECTION.unpack_from(view, _TE.size + index * _SECTION.size) for index in range(count)]
    size = max((address + max(virtual, raw) for _, virtual, address, raw, *_ in rows), default=0)
    header = _FILE.pack(b"PE\0\0", machine, count, 0, 0, 0, _HEADERS - _FILE.size, _EXECUTABLE)
    header += _OPTIONAL.pack(
        _PE32_PLUS, 0, 0, 0, 0, 0, entry, code, base, _ALIGNMENT, _ALIGNMENT, 0, 0, 0, 0, 0, 0, 0,
        min(size, 0xFFFF_FFFF), stripped + count * _SECTION.size, 0, subsystem, 0, 0, 0, 0, 0, 0, _DIRECTORIES,
    )  # fmt: skip
    header += bytes(8 * (_DIRECTORIES - 1)) + struct.pack("<II", reloc, reloc_size)
    dos = _DOS.pack(b"MZ", stripped - len(header))
    return dos + bytes(stripped - len(header) - len(dos)) + header + bytes(view[_TE.size :])
