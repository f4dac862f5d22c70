"""A raw binary: machine code at an address that the user states, with no header around it."""

from collections.abc import Mapping
from pathlib import Path

from tdxprove.binary import Binary, Buffer, Section, SymbolList, rejection


class RawBinary:
    """A whole file as one executable section `.text` (`tdxprove.binary.Binary`)."""

    shift = 0
    convention = "sysv"
    relocatable = False

    def __init__(self, path: Path, view: memoryview, base: int) -> None:
        """Place the bytes of a file.

        Args:
            path: the file, for messages
            view: its bytes
            base: address of the first one

        Raises:
            ImageError: the bytes do not fit between the address and the end of the address space.
        """
        self.path = path
        self.member: str | None = None
        if base + len(view) > 1 << 64:
            reason = f"{len(view)} bytes at {base:#x} exceed the address space"
            raise rejection(str(path), reason, "give the address of the first byte by --base")
        self._view = view
        self._base = base
        self.sections = (Section(".text", base, len(view), executable=True, writable=False),)
        self.symbols = SymbolList((), self.sections)

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def code(self, section: Section) -> Buffer:
        """Return the bytes of the file."""
        return self._view if section == self.sections[0] else b""

    def read(self, address: int, size: int) -> bytes | None:
        """Return bytes of the file by address."""
        start = address - self._base
        if size < 0 or start < 0 or start + size > len(self._view):
            return None
        return bytes(self._view[start : start + size])

    def external_around(self, address: int) -> tuple[str, int] | None:  # noqa: ARG002
        """Return None: nothing says what is outside."""
        return None

    def referred(self, name: str) -> int | None:  # noqa: ARG002
        """Return None: nothing says what is outside."""
        return None

    @property
    def undefined(self) -> tuple[str, ...]:
        """None: there are no names."""
        return ()

    @property
    def defined(self) -> tuple[str, ...]:
        """None: there are no names."""
        return ()

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
        """Return None: there is no debug data."""
        return None
