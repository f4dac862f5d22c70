"""The structures of UEFI firmware volumes and capsules, and where in a file one may begin.

UEFI Platform Initialization specification, volume 3 (firmware volumes, files, sections), and UEFI specification
(capsules).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final
from uuid import UUID

VOLUME = struct.Struct("<16x16sQ4sIHHHBB")
VOLUME_EXTENSION = struct.Struct("<16sI")
FILE = struct.Struct("<16sHBB3sB")
SECTION = struct.Struct("<3sB")
GUIDED = struct.Struct("<16sHH")
COMPRESSION = struct.Struct("<IB")
CAPSULE = struct.Struct("<16sIII")
DWORD, QWORD = struct.Struct("<I"), struct.Struct("<Q")

MAGIC, MAGIC_AT = b"_FVH", 40
CAPSULES: Final = frozenset(
    UUID(text).bytes_le
    for text in (
        "3b6686bd-0d76-4030-b70e-b5519e2fc5a0",  # EFI_CAPSULE_GUID of the framework specification
        "4a3ca68b-7723-48fb-803d-578cc1fec44d",  # AMI's signed capsules
        "6dcbd5ed-e82d-4c44-bda1-7194199ad92a",  # firmware management protocol (UEFI specification, 23.3)
        "539182b9-abb5-4391-b69a-e3a943f72fcc",  # Intel
    )
)
FILE_SYSTEMS: Final = frozenset(
    UUID(text).bytes_le
    for text in ("8c8ce578-8a3d-4f1c-9935-896185c32dd3", "5473c07a-3dcb-4dca-bd6f-1e9689e7349a")  # version 2, 3
)
LARGE_FILE, RAW_FILES = 0x01, frozenset({0x00, 0x01, 0xF0})
FIRST_OEM_FILE = 0xC0
COMPRESSED, GUID_DEFINED, DISPOSABLE, PE32, TE, NAME, VOLUME_IMAGE = 0x01, 0x02, 0x03, 0x10, 0x12, 0x15, 0x17
LEAVES: Final = frozenset({0x11, 0x13, 0x14, 0x16, 0x18, 0x19, 0x1B, 0x1C, 0x20, 0xF0})
"""Sections that hold bytes as they are; the last two are vendors' codes for the port of diagnostics."""
PROCESSING_REQUIRED = 1
CRC32 = UUID("fc1bcdb0-7d31-49aa-936a-a4600d9dd083")
"""Adds a checksum, leaves the contents as they are."""


def recognised(view: memoryview) -> bool:
    """Return whether a file begins as a firmware volume or capsule, or holds volumes behind erased flash."""
    if bytes(view[MAGIC_AT : MAGIC_AT + 4]) == MAGIC or bytes(view[:16]) in CAPSULES:
        return True
    return bytes(view[:16]) in (b"\xff" * 16, b"\0" * 16) and any(whole for _, whole in headers(view))


def headers(view: memoryview) -> Iterator[tuple[int, bool]]:
    """Offsets at which a firmware volume may begin, and whether its header is whole: its 16-bit words add up to 0."""
    for match in re.finditer(re.escape(MAGIC), view):
        start = match.start() - MAGIC_AT
        if start < 0:
            continue
        length = VOLUME.unpack_from(view, start)[4] if start + VOLUME.size <= len(view) else 0
        header = view[start : start + length]
        whole = len(header) == length >= VOLUME.size and not length & 1
        yield start, whole and not sum(word for (word,) in struct.iter_unpack("<H", header)) & 0xFFFF


def filled(view: memoryview) -> bool:
    """Whether bytes are all 0 or all 0xff, as erased flash is."""
    data = bytes(view)
    return not data.strip(b"\xff") or not data.strip(b"\0")
