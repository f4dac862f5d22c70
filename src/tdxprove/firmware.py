"""UEFI firmware: capsules and flash images down to the modules in them.

Structures are those of the UEFI Platform Initialization specification, volume 3 (firmware volumes, files, sections),
and of the UEFI specification (capsules). Every byte of the input ends up in a header, in a module, or in a `raw` part;
what can not be taken apart is an error, since a module in it would be missed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from tdxprove import te
from tdxprove.binary import rejection
from tdxprove.firmware_layout import (
    CAPSULE,
    CAPSULES,
    COMPRESSED,
    COMPRESSION,
    CRC32,
    DISPOSABLE,
    DWORD,
    FILE,
    FILE_SYSTEMS,
    FIRST_OEM_FILE,
    GUID_DEFINED,
    GUIDED,
    LARGE_FILE,
    LEAVES,
    MAGIC,
    MAGIC_AT,
    NAME,
    PE32,
    PROCESSING_REQUIRED,
    QWORD,
    RAW_FILES,
    SECTION,
    TE,
    VOLUME,
    VOLUME_EXTENSION,
    VOLUME_IMAGE,
    filled,
    headers,
)
from tdxprove.unpacking import METHODS, STANDARD, Budget, unpack

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


def parts(name: str, view: memoryview) -> Iterator[Part]:
    """Yield every module and every other stretch of bytes of a firmware image.

    Raises:
        ImageError: a structure is cut off, lies about its size, or is packed by an unknown method.
    """
    walk = _Walk(name)
    if bytes(view[:16]) in CAPSULES:
        header, view = walk.capsule(view)
        yield from _raw("capsule", header)
    yield from walk.flash(view, "flash", 0)


class _Walk:
    """One image while it is taken apart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._budget = Budget(name)

    def capsule(self, view: memoryview) -> tuple[memoryview, memoryview]:
        """Return what the header of a capsule says beyond its size, and what the capsule carries."""
        if len(view) < CAPSULE.size:
            raise rejection(self._name, "truncated in the capsule header", _CORRUPT)
        _, header, _, size = CAPSULE.unpack_from(view)
        if not CAPSULE.size <= header <= size:
            raise rejection(self._name, f"capsule of {size} bytes with a header of {header}", _CORRUPT)
        if size > len(view):
            raise rejection(self._name, f"truncated: a capsule of {size} bytes in a file of {len(view)}", _CORRUPT)
        return view[CAPSULE.size : header], view[header:]

    def flash(self, view: memoryview, label: str, depth: int) -> Iterator[Part]:
        """Yield the parts of bytes that hold volumes among others."""
        done = 0
        for start, whole in headers(view):
            system = bytes(view[start + 16 : start + 32])
            if start < done or not (whole or start == 0 or system in FILE_SYSTEMS):
                continue
            if not whole:
                raise rejection(self._name, "damaged or truncated header of a firmware volume", _CORRUPT)
            yield from _raw(label, view[done:start])
            done = start + self._volume_size(view[start:])
            yield from self._volume(view[start:done], depth)
        yield from _raw(label, view[done:])

    def _volume_size(self, view: memoryview) -> int:
        size: int = VOLUME.unpack_from(view)[1]
        header: int = VOLUME.unpack_from(view)[4]
        if not header <= size <= len(view):
            reason = f"a firmware volume of {size} bytes where {len(view)} are left"
            raise rejection(self._name, reason, _CORRUPT)
        return size

    def _volume(self, view: memoryview, depth: int) -> Iterator[Part]:
        if depth > _DEEPEST:
            raise rejection(self._name, f"firmware volumes nested more than {_DEEPEST} deep", _CORRUPT)
        system, _, _, _, header, _, extension, _, _ = VOLUME.unpack_from(view)
        if system not in FILE_SYSTEMS:
            yield from _raw(str(UUID(bytes_le=system)), view[header:])
            return
        yield from _raw("flash", view[VOLUME.size : header])
        start = header
        if extension:
            if extension + VOLUME_EXTENSION.size > len(view):
                raise rejection(self._name, "the extended header lies outside its firmware volume", _CORRUPT)
            start = extension + VOLUME_EXTENSION.unpack_from(view, extension)[1]
            if extension < header or start > len(view):
                raise rejection(self._name, "the extended header lies outside its firmware volume", _CORRUPT)
            yield from _raw("flash", view[header:extension])  # the header of the file that it lies in
            yield from _raw("flash", view[extension + VOLUME_EXTENSION.size : start])
        while (start := (start + 7) & ~7) + FILE.size <= len(view):
            guid, _, kind, attributes, packed, _ = FILE.unpack_from(view, start)
            if filled(view[start : start + FILE.size]):
                break
            body, size = self._sized(view[start:], packed, FILE.size, QWORD if attributes & LARGE_FILE else None)
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
        if kind in RAW_FILES or kind >= FIRST_OEM_FILE:
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
        while start + SECTION.size <= len(view):
            packed, kind = SECTION.unpack_from(view, start)
            if not kind and filled(view[start:]):
                break  # padding behind the last section
            extended = DWORD if packed == b"\xff\xff\xff" else None
            body, size = self._sized(view[start:], packed, SECTION.size, extended)
            yield from self._section(found, kind, view[start : start + size], body, depth)
            start = (start + size + 3) & ~3
        found.parts += [("raw", part.data) for part in _raw("", view[start:])]

    def _section(self, found: _File, kind: int, view: memoryview, body: int, depth: int) -> Iterator[Part]:
        data = view[body:]
        if kind == NAME:
            found.name = _text(data) or found.name
            found.parts += [("raw", part.data) for part in _raw("", data)]
        elif kind in (PE32, TE):
            found.parts.append(("te" if bytes(data[:2]) == te.SIGNATURE else "pe", data))
        elif kind == VOLUME_IMAGE:
            if bytes(data[MAGIC_AT : MAGIC_AT + len(MAGIC)]) != MAGIC:
                raise rejection(self._name, "a section with a firmware volume that does not begin as one", _CORRUPT)
            yield from self.flash(data, found.guid, depth + 1)
        elif kind == DISPOSABLE:
            yield from self._sections(found, data, depth + 1)
        elif kind == COMPRESSED:
            if len(data) < COMPRESSION.size:
                raise rejection(self._name, "truncated in the header of a compressed section", _CORRUPT)
            size, method = COMPRESSION.unpack_from(data)
            plain = data[COMPRESSION.size :]
            yield from self._sections(
                found, plain if not method else unpack(STANDARD, plain, self._budget, size), depth + 1
            )
        elif kind == GUID_DEFINED:
            yield from self._guided(found, view, body, depth)
        elif kind in LEAVES:
            found.parts += [("raw", part.data) for part in _raw("", data)]
        else:
            advice = "take it apart with the vendor's tool and pass the modules"
            raise rejection(self._name, f"a section of the unknown type {kind:#x}", advice)

    def _guided(self, found: _File, view: memoryview, body: int, depth: int) -> Iterator[Part]:
        if body + GUIDED.size > len(view):
            raise rejection(self._name, "truncated in the header of a section with a GUID", _CORRUPT)
        guid, offset, attributes = GUIDED.unpack_from(view, body)
        if not body + GUIDED.size <= offset <= len(view):
            raise rejection(self._name, f"a section whose contents begin at byte {offset} of {len(view)}", _CORRUPT)
        found.parts += [("raw", part.data) for part in _raw("", view[body + GUIDED.size : offset])]
        if guid in METHODS:
            data = unpack(METHODS[guid], view[offset:], self._budget)
        elif attributes & PROCESSING_REQUIRED and UUID(bytes_le=guid) != CRC32:
            reason = f"a section is packed by an unknown method, GUID {UUID(bytes_le=guid)}"
            raise rejection(self._name, reason, "unpack it with the vendor's tool and pass the modules")
        else:
            data = view[offset:]
        yield from self._sections(found, data, depth + 1)


def _raw(label: str, view: memoryview) -> Iterator[Part]:
    if len(view) and not filled(view):
        yield Part("raw", label, view)


def _text(view: memoryview) -> str:
    text = bytes(view[: len(view) & ~1]).decode("utf-16-le", "backslashreplace").partition("\0")[0]
    return text if text.isprintable() else ascii(text)[1:-1]
