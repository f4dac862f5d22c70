"""UEFI firmware: capsules and flash images down to the modules in them.

Structures are those of the UEFI Platform Initialization specification, volume 3 (firmware volumes, files, sections),
and of the UEFI specification (capsules). Every byte of the input ends up in a header, in a module, or in a `raw` part;
what can not be taken apart is an error, since a module in it would be missed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tdxprove import te
from tdxprove.binary import rejection
from tdxprove.unpacking import METHODS, STANDARD, Budget, unpack

_VOLUME = struct.Struct("<16x16sQ4sIHHHBB")
_VOLUME_EXTENSION = struct.Struct("<16sI")
_FILE = struct.Struct("<16sHBB3sB")
_SECTION = struct.Struct("<3sB")
_GUIDED = struct.Struct("<16sHH")
_COMPRESSION = struct.Struct("<IB")
_CAPSULE = struct.Struct("<16sIII")
_DWORD, _QWORD = struct.Struct("<I"), struct.Struct("<Q")

_MAGIC, _MAGIC_AT = b"_FVH", 40
_CAPSULES: Final = frozenset(
    UUID(text).bytes_le
    for text in (
        "3b6686bd-0d76-4030-b70e-b5519e2fc5a0",  # EFI_CAPSULE_GUID of the framework specification
        "4a3ca68b-7723-48fb-803d-578cc1fec44d",  # AMI's signed capsules
        "6dcbd5ed-e82d-4c44-bda1-7194199ad92a",  # firmware management protocol (UEFI specification, 23.3)
        "539182b9-abb5-4391-b69a-e3a943f72fcc",  # Intel
    )
)
_FILE_SYSTEMS: Final = frozenset(
    UUID(text).bytes_le
    for text in ("8c8ce578-8a3d-4f1c-9935-896185c32dd3", "5473c07a-3dcb-4dca-bd6f-1e9689e7349a")  # version 2, 3
)
_LARGE_FILE, _PAD_FILE, _RAW_FILES = 0x01, 0xF0, frozenset({0x00, 0x01, 0xF0})
_FIRST_OEM_FILE = 0xC0
_COMPRESSED, _GUID_DEFINED, _DISPOSABLE, _PE32, _TE, _NAME, _VOLUME_IMAGE = 0x01, 0x02, 0x03, 0x10, 0x12, 0x15, 0x17
_LEAVES: Final = frozenset({0x11, 0x13, 0x14, 0x16, 0x18, 0x19, 0x1B, 0x1C, 0x20, 0xF0})
"""Sections that hold bytes as they are; the last two are vendors' codes for the port of diagnostics."""
_PROCESSING_REQUIRED = 1
_DEEPEST = 12
_CORRUPT = "copy or build the file again"


@dataclass(frozen=True, slots=True)
class Part:
    """A module ("pe" or "te") or other bytes ("raw"); `label` is the name or GUID of the file that it is in."""

    kind: str
    label: str
    data: memoryview


@dataclass(slots=True)
class _File:
    """A file of a volume while its sections are read: the name may come behind the code."""

    guid: str
    name: str | None = None
    parts: list[tuple[str, memoryview]] = field(default_factory=list)


def recognised(view: memoryview) -> bool:
    """Return whether a file begins as a firmware volume or capsule, or holds volumes behind erased flash."""
    if bytes(view[_MAGIC_AT : _MAGIC_AT + 4]) == _MAGIC or bytes(view[:16]) in _CAPSULES:
        return True
    return bytes(view[:16]) in (b"\xff" * 16, b"\0" * 16) and any(whole for _, whole in _headers(view))


def parts(name: str, view: memoryview) -> Iterator[Part]:
    """Yield every module and every other stretch of bytes of a firmware image.

    Raises:
        ImageError: a structure is cut off, lies about its size, or is packed by an unknown method.
    """
    walk = _Walk(name)
    if bytes(view[:16]) in _CAPSULES:
        header, view = walk.capsule(view)
        yield from _raw("capsule", header)
    yield from walk.flash(view, "flash", 0)


def _headers(view: memoryview) -> Iterator[tuple[int, bool]]:
    """Offsets at which a firmware volume may begin, and whether its header is whole: its 16-bit words add up to 0."""
    for match in re.finditer(re.escape(_MAGIC), view):
        start = match.start() - _MAGIC_AT
        if start < 0:
            continue
        length = _VOLUME.unpack_from(view, start)[4] if start + _VOLUME.size <= len(view) else 0
        header = view[start : start + length]
        whole = len(header) == length >= _VOLUME.size and not length & 1
        yield start, whole and not sum(word for (word,) in struct.iter_unpack("<H", header)) & 0xFFFF


class _Walk:
    """One image while it is taken apart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._budget = Budget(name)

    def capsule(self, view: memoryview) -> tuple[memoryview, memoryview]:
        """Return what the header of a capsule says beyond its size, and what the capsule carries."""
        if len(view) < _CAPSULE.size:
            raise rejection(self._name, "truncated in the capsule header", _CORRUPT)
        _, header, _, size = _CAPSULE.unpack_from(view)
        if not _CAPSULE.size <= header <= size:
            raise rejection(self._name, f"capsule of {size} bytes with a header of {header}", _CORRUPT)
        if size > len(view):
            raise rejection(self._name, f"truncated: a capsule of {size} bytes in a file of {len(view)}", _CORRUPT)
        return view[_CAPSULE.size : header], view[header:]

    def flash(self, view: memoryview, label: str, depth: int) -> Iterator[Part]:
        """Yield the parts of bytes that hold volumes among others."""
        done = 0
        for start, whole in _headers(view):
            system = bytes(view[start + 16 : start + 32])
            if start < done or not (whole or start == 0 or system in _FILE_SYSTEMS):
                continue
            if not whole:
                raise rejection(self._name, "damaged or truncated header of a firmware volume", _CORRUPT)
            yield from _raw(label, view[done:start])
            done = start + self._volume_size(view[start:])
            yield from self._volume(view[start:done], depth)
        yield from _raw(label, view[done:])

    def _volume_size(self, view: memoryview) -> int:
        size: int = _VOLUME.unpack_from(view)[1]
        header: int = _VOLUME.unpack_from(view)[4]
        if not header <= size <= len(view):
            reason = f"a firmware volume of {size} bytes where {len(view)} are left"
            raise rejection(self._name, reason, _CORRUPT)
        return size

    def _volume(self, view: memoryview, depth: int) -> Iterator[Part]:
        if depth > _DEEPEST:
            raise rejection(self._name, f"firmware volumes nested more than {_DEEPEST} deep", _CORRUPT)
        system, _, _, _, header, _, extension, _, _ = _VOLUME.unpack_from(view)
        if system not in _FILE_SYSTEMS:
            yield from _raw(str(UUID(bytes_le=system)), view[header:])
            return
        yield from _raw("flash", view[_VOLUME.size : header])
        start = header
        if extension:
            if extension + _VOLUME_EXTENSION.size > len(view):
                raise rejection(self._name, "the extended header lies outside its firmware volume", _CORRUPT)
            start = extension + _VOLUME_EXTENSION.unpack_from(view, extension)[1]
            if extension < header or start > len(view):
                raise rejection(self._name, "the extended header lies outside its firmware volume", _CORRUPT)
            yield from _raw("flash", view[header:extension])  # the header of the file that it lies in
            yield from _raw("flash", view[extension + _VOLUME_EXTENSION.size : start])
        while (start := (start + 7) & ~7) + _FILE.size <= len(view):
            guid, _, kind, attributes, packed, _ = _FILE.unpack_from(view, start)
            if _filled(view[start : start + _FILE.size]):
                break
            body, size = self._sized(view[start:], packed, _FILE.size, _QWORD if attributes & _LARGE_FILE else None)
            yield from self._file(str(UUID(bytes_le=guid)), kind, view[start + body : start + size], depth)
            start += size
        yield from _raw("flash", view[start:])

    def _sized(self, view: memoryview, packed: bytes, body: int, extended: struct.Struct | None) -> tuple[int, int]:
        """Return where the contents of a file or section begin and end, by its 3-byte size or the extended one."""
        size = int.from_bytes(packed, "little")
        if extended is not None:
            if body + extended.size > len(view):
                raise rejection(self._name, "truncated in the header of a firmware file or section", _CORRUPT)
            size = extended.unpack_from(view, body)[0]
            body += extended.size
        if not body <= size <= len(view):
            reason = f"a firmware file or section of {size} bytes where {len(view)} are left"
            raise rejection(self._name, reason, _CORRUPT)
        return body, size

    def _file(self, guid: str, kind: int, view: memoryview, depth: int) -> Iterator[Part]:
        if kind in _RAW_FILES or kind >= _FIRST_OEM_FILE:
            yield from self.flash(view, guid, depth + 1)
            return
        found = _File(guid)
        nested = list(self._sections(found, view, depth))
        yield from (Part(what, found.name or guid, data) for what, data in found.parts)
        yield from nested

    def _sections(self, found: _File, view: memoryview, depth: int) -> Iterator[Part]:
        """Collect the leaves of a file's sections into `found`; yield the parts of volumes inside."""
        if depth > _DEEPEST:
            raise rejection(self._name, f"firmware sections nested more than {_DEEPEST} deep", _CORRUPT)
        start = 0
        while start + _SECTION.size <= len(view):
            packed, kind = _SECTION.unpack_from(view, start)
            if not kind and _filled(view[start:]):
                break  # padding behind the last section
            extended = _DWORD if packed == b"\xff\xff\xff" else None
            body, size = self._sized(view[start:], packed, _SECTION.size, extended)
            yield from self._section(found, kind, view[start : start + size], body, depth)
            start = (start + size + 3) & ~3
        found.parts += [("raw", part.data) for part in _raw("", view[start:])]

    def _section(self, found: _File, kind: int, view: memoryview, body: int, depth: int) -> Iterator[Part]:
        data = view[body:]
        if kind == _NAME:
            found.name = _text(data) or found.name
            found.parts += [("raw", part.data) for part in _raw("", data)]
        elif kind in (_PE32, _TE):
            found.parts.append(("te" if bytes(data[:2]) == te.SIGNATURE else "pe", data))
        elif kind == _VOLUME_IMAGE:
            if bytes(data[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)]) != _MAGIC:
                raise rejection(self._name, "a section with a firmware volume that does not begin as one", _CORRUPT)
            yield from self.flash(data, found.guid, depth + 1)
        elif kind == _DISPOSABLE:
            yield from self._sections(found, data, depth + 1)
        elif kind == _COMPRESSED:
            if len(data) < _COMPRESSION.size:
                raise rejection(self._name, "truncated in the header of a compressed section", _CORRUPT)
            size, method = _COMPRESSION.unpack_from(data)
            plain = data[_COMPRESSION.size :]
            yield from self._sections(
                found, plain if not method else unpack(STANDARD, plain, self._budget, size), depth + 1
            )
        elif kind == _GUID_DEFINED:
            yield from self._guided(found, view, body, depth)
        elif kind in _LEAVES:
            found.parts += [("raw", part.data) for part in _raw("", data)]
        else:
            advice = "take it apart with the vendor's tool and pass the modules"
            raise rejection(self._name, f"a section of the unknown type {kind:#x}", advice)

    def _guided(self, found: _File, view: memoryview, body: int, depth: int) -> Iterator[Part]:
        if body + _GUIDED.size > len(view):
            raise rejection(self._name, "truncated in the header of a section with a GUID", _CORRUPT)
        guid, offset, attributes = _GUIDED.unpack_from(view, body)
        if not body + _GUIDED.size <= offset <= len(view):
            raise rejection(self._name, f"a section whose contents begin at byte {offset} of {len(view)}", _CORRUPT)
        found.parts += [("raw", part.data) for part in _raw("", view[body + _GUIDED.size : offset])]
        if guid in METHODS:
            data = unpack(METHODS[guid], view[offset:], self._budget)
        elif attributes & _PROCESSING_REQUIRED and UUID(bytes_le=guid) != _CRC32:
            reason = f"a section is packed by an unknown method, GUID {UUID(bytes_le=guid)}"
            raise rejection(self._name, reason, "unpack it with the vendor's tool and pass the modules")
        else:
            data = view[offset:]
        yield from self._sections(found, data, depth + 1)


_CRC32 = UUID("fc1bcdb0-7d31-49aa-936a-a4600d9dd083")
"""Adds a checksum, leaves the contents as they are."""


def _filled(view: memoryview) -> bool:
    """Whether bytes are all 0 or all 0xff, as erased flash is."""
    data = bytes(view)
    return not data.strip(b"\xff") or not data.strip(b"\0")


def _raw(label: str, view: memoryview) -> Iterator[Part]:
    if len(view) and not _filled(view):
        yield Part("raw", label, view)


def _text(view: memoryview) -> str:
    text = bytes(view[: len(view) & ~1]).decode("utf-16-le", "backslashreplace").partition("\0")[0]
    return text if text.isprintable() else ascii(text)[1:-1]
