"""The header of a COFF object: the plain one, and that of many sections (/bigobj) with its longer symbols.

Microsoft's PE format, "COFF File Header"; winnt.h, ANON_OBJECT_HEADER, ANON_OBJECT_HEADER_BIGOBJ, IMPORT_OBJECT_HEADER.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tdxprove.binary import rejection
from tdxprove.foreign import MACHINES

_FILE = struct.Struct("<HHIIIHH")
_ANONYMOUS = struct.Struct("<4sHHI16s")
_BIG = struct.Struct("<4sHHI16sIIIIIII")
_ANONYMOUS_MAGIC = b"\0\0\xff\xff"
_IMPORT: Final = 0
"""Version of the member of an import library: a name, and no section at all."""
_BIG_CLASS = UUID("d1baa1c7-baee-4ba9-af20-faf66aa4dcb8").bytes_le
_AMD64 = 0x8664


@dataclass(frozen=True, slots=True)
class CoffHeader:
    """Its own size, where the headers of sections start, how many; where the symbols are, how many, in which form."""

    size: int
    start: int
    sections: int
    table: int
    symbols: int
    big: bool = False


def recognised(magic: bytes) -> bool:
    """Return whether the first 4 bytes are those of a COFF object for x86-64, or one that says its machine later."""
    return magic[:2] == b"\x64\x86" or magic == _ANONYMOUS_MAGIC


def parse_header(name: str, view: memoryview) -> CoffHeader:
    """Read the header of an object that is `recognised`; that of an import has no sections.

    Raises:
        ImageError: it is cut off, for another machine, or holds code that a linker is yet to generate.
    """
    if bytes(view[:4]) == _ANONYMOUS_MAGIC:
        return _anonymous(name, view)
    if len(view) < _FILE.size:
        raise _truncated(name)
    _, sections, _, table, symbols, optional, _ = _FILE.unpack_from(view)
    return CoffHeader(_FILE.size, _FILE.size + optional, sections, table, symbols)


def _anonymous(name: str, view: memoryview) -> CoffHeader:
    if len(view) < _FILE.size:
        raise _truncated(name)
    _, version, machine = struct.unpack_from("<4sHH", view)
    if machine != _AMD64:
        what = MACHINES.get(machine, f"machine {machine:#x}")
        raise rejection(name, f"is a COFF object for {what}, not for x86-64", "pass an x86-64 file")
    if version == _IMPORT:
        return CoffHeader(len(view), len(view), 0, 0, 0)
    if len(view) < _ANONYMOUS.size or _ANONYMOUS.unpack_from(view)[-1] != _BIG_CLASS:
        reason = "is an object whose code is not yet generated, as of link-time optimisation (/GL)"
        raise rejection(name, reason, "compile it without link-time optimisation")
    if len(view) < _BIG.size:
        raise _truncated(name)
    *_, sections, table, symbols = _BIG.unpack_from(view)
    return CoffHeader(_BIG.size, _BIG.size, sections, table, symbols, big=True)


def _truncated(name: str) -> Exception:
    return rejection(name, "truncated in the COFF header", "copy or build the file again")
