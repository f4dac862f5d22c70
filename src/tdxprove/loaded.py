"""A binary that is laid out when it is opened: PE images, COFF objects, code without headers."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from tdxprove.binary import Binary, Buffer, Section, Symbols
from tdxprove.contents import Contents

PAGE = 0x1000
# Where the linkers of this format put 64-bit images, if nothing else is asked for (link.exe, /BASE).
IMAGE_BASE = 0x1_4000_0000
EXTERNAL_BASE = 0x1_0000_0000
EXTERNAL_STEP = 0x1_0000
"""Bytes around an undefined symbol that count as the object of that name: it may be a variable of any size."""
EXTERNAL_LIMIT = (IMAGE_BASE - EXTERNAL_BASE) // EXTERNAL_STEP


class Layout:
    """Sections with their bytes. A section is larger than its bytes where the loader adds zeros."""

    def __init__(self, parts: Sequence[tuple[Section, Contents]]) -> None:
        self.sections = tuple(section for section, _ in parts)
        self._parts = sorted(parts, key=lambda part: (part[0].address, part[0].size))
        self._addresses = [section.address for section, _ in self._parts]

    def _part_at(self, address: int) -> tuple[Section, Contents] | None:
        at = bisect_right(self._addresses, address) - 1
        if at >= 0 and address < self._parts[at][0].address + self._parts[at][0].size:
            return self._parts[at]
        return None

    def code(self, section: Section) -> Buffer:
        """Return the bytes of a section that are in the file."""
        part = self._part_at(section.address) if section.size else None
        return b"" if part is None else part[1].data

    def read(self, address: int, size: int) -> bytes | None:
        """Return bytes as loaded, None when one of them is outside every section or not settled."""
        found = b""
        while size > 0:
            part = self._part_at(address)
            if part is None:
                return None
            section, contents = part
            offset = address - section.address
            length = min(size, section.size - offset)
            kept = max(0, min(length, len(contents.data) - offset))
            data = contents.read(offset, kept) if kept else b""
            if data is None:
                return None
            found += data + bytes(length - kept)
            address, size = address + length, size - length
        return found if size == 0 else None


class LoadedBinary:
    """Sections, symbols and imports of one file or member (`tdxprove.binary.Binary`).

    `symbols` are made when they are first asked for: where a file has none, functions are searched for.
    """

    def __init__(
        self,
        origin: tuple[Path, str | None, str],
        layout: Layout,
        symbols: Callable[[Layout], Symbols],
        externals: Mapping[int, str] | None = None,
        *,
        relocatable: bool = False,
        shift: int = 0,
        defined: Collection[str] = (),
        convention: str = "ms",
    ) -> None:
        """Take what a format has read; `origin` is path, member and name for messages."""
        self.defined = defined
        self.convention = convention
        self.path, self.member, self.name = origin
        self.relocatable = relocatable
        self.shift = shift
        self._layout = layout
        self._symbols = symbols
        self._externals = externals or {}
        self._external_addresses = sorted(self._externals)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections that occupy addresses."""
        return self._layout.sections

    @cached_property
    def symbols(self) -> Symbols:
        """What the file says of names, or what was found in the code."""
        return self._symbols(self._layout)

    def code(self, section: Section) -> Buffer:
        """Return the bytes of a section."""
        return self._layout.code(section)

    def read(self, address: int, size: int) -> bytes | None:
        """Return bytes as loaded."""
        return self._layout.read(address, size)

    def external_around(self, address: int) -> tuple[str, int] | None:
        """Return the undefined or imported symbol that was given the addresses around this one, and the distance."""
        at = bisect_right(self._external_addresses, address + EXTERNAL_STEP // 2) - 1
        distance = address - self._external_addresses[at] if at >= 0 else EXTERNAL_STEP
        if not -(EXTERNAL_STEP // 2) <= distance < EXTERNAL_STEP // 2:
            return None
        return self._externals[self._external_addresses[at]], distance

    def referred(self, name: str) -> int | None:
        """Return the address that an undefined or imported symbol was given."""
        return next((address for address, known in self._externals.items() if known == name), None)

    @property
    def undefined(self) -> Collection[str]:
        """The undefined or imported symbols."""
        return self._externals.values()

    @property
    def slots(self) -> Mapping[int, int]:
        """None that others could fill."""
        return {}

    @property
    def indirect(self) -> tuple[tuple[int, int], ...]:
        """None: only ELF has such functions."""
        return ()

    def part(self, address: int) -> Binary:  # noqa: ARG002
        """Return this binary: it is one file."""
        return self

    def debug_section(self, name: str) -> Buffer | None:  # noqa: ARG002
        """None: debug data of these formats is not read."""
        return None
