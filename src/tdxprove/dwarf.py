"""Source lines from DWARF, for messages only: whatever is odd about the debug data yields no line, never an error.

Only `.debug_line` is read. Its sequences state the addresses at which they begin, which leads to the right program
without the compilation units, whose index (`.debug_aranges`) clang does not write.
"""

import io
import re
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.dwarf.structs import DWARFStructs

from tdxprove import line_header
from tdxprove.errors import ImageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from elftools.dwarf.compileunit import CompileUnit
    from elftools.dwarf.lineprogram import LineProgram

Buffer = bytes | bytearray | memoryview
Row = tuple[int, int, str, int]
"""Start and end address, file, line."""

# pyelftools takes the data on trust: besides its own errors, wrong data surfaces as any of these.
_MALFORMED = (
    DWARFError,
    ELFError,
    ImageError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
_UNUSED = (
    "debug_info_sec",
    "debug_aranges_sec",
    "debug_abbrev_sec",
    "debug_frame_sec",
    "eh_frame_sec",
    "debug_loc_sec",
    "debug_ranges_sec",
    "debug_pubtypes_sec",
    "debug_pubnames_sec",
    "debug_addr_sec",
    "debug_str_offsets_sec",
    "debug_loclists_sec",
    "debug_rnglists_sec",
    "debug_sup_sec",
    "gnu_debugaltlink_sec",
    "debug_types_sec",
)
# DW_LNE_set_address with 8 bytes (DWARF 5, section 6.2.5.3); the lookahead lets false matches overlap true ones.
_SET_ADDRESS = re.compile(rb"\x00\x09\x02(?=(.{8}))", re.DOTALL)
# Other bytes may look like that opcode, so the nearest one need not be true.
_ATTEMPTS = 4
_WITH_FORMATS = 5
_LONGEST = 16 << 20
"""Bytes of a line program. It is decoded as a whole, at about 2 MB a second."""


class _Window(io.RawIOBase):
    """A stream over a buffer that does not copy it: the debug data of a kernel has hundreds of megabytes."""

    def __init__(self, buffer: Buffer) -> None:
        self._view = memoryview(buffer)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._view)}[whence]
        if base + offset < 0:
            raise ValueError("seek before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        part = self._view[self._at : self._at + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)


@dataclass
class LineTable:
    """Lines by address; `section` returns the relocated contents of a `.debug_*` section, None where there is none."""

    section: Callable[[str], Buffer | None]

    def line(self, address: int) -> tuple[str, int] | None:
        """Return file and line of the instruction at an address, None when they are not known."""
        try:
            return self._line(address)
        except _MALFORMED:
            return None

    def _line(self, address: int) -> tuple[str, int] | None:
        if self._info is None:
            return None
        at = bisect_right(self._origins, (address, 1 << 65))
        for _, position in reversed(self._origins[max(0, at - _ATTEMPTS) : at]):
            for start, end, file, line in self._rows(position):
                if start <= address < end:
                    return (file, line) if line else None
        return None

    @cached_property
    def _info(self) -> DWARFInfo | None:
        found: dict[str, DebugSectionDescriptor | None] = dict.fromkeys(_UNUSED)
        for name in ("line", "line_str", "str"):
            data = self._data if name == "line" else self.section(f".debug_{name}")
            if not data:
                found[f"debug_{name}_sec"] = None
                continue
            stream = io.BufferedReader(_Window(data))
            found[f"debug_{name}_sec"] = DebugSectionDescriptor(stream, f".debug_{name}", None, len(data), 0)
        if found["debug_line_sec"] is None:
            return None
        return DWARFInfo(DwarfConfig(little_endian=True, machine_arch="x64", default_address_size=8), **found)

    @cached_property
    def _data(self) -> Buffer:
        return self.section(".debug_line") or b""

    @cached_property
    def _origins(self) -> list[tuple[int, int]]:
        """Addresses that line programs set, with the position of the opcode, by address."""
        return sorted((int.from_bytes(m.group(1), "little"), m.start()) for m in _SET_ADDRESS.finditer(self._data))

    @cached_property
    def _programs(self) -> list[tuple[int, int, int, int]]:
        """Offset, version, format (32 or 64) and end of each line program."""
        found = []
        offset = 0
        while offset + 6 <= len(self._data):
            (length,), wide = struct.unpack_from("<I", self._data, offset), 32
            start = offset + 4
            if length == 0xFFFF_FFFF:
                (length,), wide = struct.unpack_from("<Q", self._data, start), 64
                start += 8
            version = int(struct.unpack_from("<H", self._data, start)[0])
            found.append((offset, version, wide, start + length))
            offset = start + length
        return found

    @cached_property
    def _cached_rows(self) -> dict[int, list[Row]]:
        return {}

    def _rows(self, position: int) -> list[Row]:
        """Return the rows of the line program around a position of `.debug_line`."""
        assert self._info is not None
        offset, version, wide, end = self._programs[bisect_right(self._programs, (position, 0, 0, 0)) - 1]
        if offset not in self._cached_rows:
            self._cached_rows[offset] = []
            if end - offset > _LONGEST:
                raise ValueError("no compilation unit has a line program of that length")
            if version >= _WITH_FORMATS:
                line_header.check(self._data, offset + (4 if wide == 32 else 12), wide)
            structs = DWARFStructs(little_endian=True, dwarf_format=wide, address_size=8, dwarf_version=version)
            # Stands in for the compilation unit, of which only the reference to its line program matters.
            reference = SimpleNamespace(attributes={"DW_AT_stmt_list": SimpleNamespace(value=offset)})
            unit = SimpleNamespace(structs=structs, get_top_DIE=lambda: reference)
            program = self._info.line_program_for_CU(cast("CompileUnit", unit))
            self._cached_rows[offset] = list(_decode(program)) if program else []
        return self._cached_rows[offset]


def _decode(program: "LineProgram") -> Iterator[Row]:
    previous = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if previous is not None and previous.address < state.address:
            yield previous.address, state.address, _file(program, previous.file), previous.line
        previous = None if state.end_sequence else state


def _file(program: "LineProgram", index: int) -> str:
    """Return a file's name with its directory, unless that is the directory of the compilation."""
    first = 0 if program["version"] >= 5 else 1
    entry = program["file_entry"][index - first]
    name = bytes(entry.name).decode("utf-8", "backslashreplace")
    if not entry.dir_index or name.startswith("/"):
        return name
    directory = bytes(program["include_directory"][entry.dir_index - first])
    return directory.decode("utf-8", "backslashreplace").rstrip("/") + "/" + name
