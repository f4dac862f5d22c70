"""A program as the proof sees it: bytes and symbols, TDX instructions, tables of the kernel, source lines."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tdxprove import tables
from tdxprove.binary import Binary, Section, Symbol
from tdxprove.call_sites import Site, call_sites
from tdxprove.container import open_binaries
from tdxprove.dwarf import LineTable
from tdxprove.errors import ImageError, NoCodeError
from tdxprove.link import link
from tdxprove.program import Program
from tdxprove.rewriting import Rewrites, rewrites
from tdxprove.tables import Fixup

__all__ = ["Fixup", "Image", "Section", "Site", "Symbol", "each_with_code", "load_images", "load_programs"]

_Read = TypeVar("_Read")


class Image(Program):
    """One file, one part of a container, or objects that refer to each other, at the addresses of the examination."""

    def __init__(self, binary: Binary, elsewhere: Mapping[str, str] | None = None, beside: Sequence[str] = ()) -> None:
        """Take a binary.

        Args:
            binary: the files.
            elsewhere: names that it leaves open and other given files define, each with where and why it is not linked.
            beside: names of the files that it could not be linked with.
        """
        super().__init__(binary)
        self.elsewhere = elsewhere or {}
        self.beside = tuple(beside)
        self._lines: dict[str, LineTable] = {}

    def calls_paravirt(self, address: int) -> bool:
        """Does a call through the kernel's `pv_ops` stand at an address (arch/x86/include/asm/paravirt_types.h)?"""
        code = self.read(address, 7) or self.read(address, 6) or b""
        if code[:2] == b"\xff\x15":
            target = address + 6 + int.from_bytes(code[2:6], "little", signed=True)
        elif code[:3] == b"\xff\x14\x25":
            target = int.from_bytes(code[3:7], "little", signed=True) % (1 << 64)
        else:
            return False
        return self.holds("pv_ops", target)

    def display(self, address: int) -> str:
        """Return an address as objdump shows it: relative to its section in a relocatable file, else absolute."""
        section = self.section_at(address) if self._relocates(address) else None
        return f"{address - (section.address if section else self._binary.shift):#x}"

    def locate(self, address: int) -> str:
        """Return an address as `symbol+0x2d`, or as `display` shows it where no function covers it."""
        found = self.symbol_at(address)
        if found is None:
            return self.external_at(address) or self.display(address)
        return f"{found[0].name}+{found[1]:#x}"

    def locate_data(self, address: int) -> str:
        """Return an address in data as `variable+0x8`, or as `display` shows it where nothing has a name."""
        found = self.data_at(address)
        return f"the variable at {self.display(address)}" if found is None else f"{found[0]}+{found[1]:#x}"

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every TDX instruction of the executable sections, by address."""
        return tuple(sorted(call_sites(self._binary), key=lambda site: site.address))

    @cached_property
    def fixups(self) -> Mapping[int, Fixup]:
        """Exception table entries by the address of the instruction that may fault.

        Raises:
            ImageError: the table is malformed or not relocated.
        """
        return MappingProxyType(tables.fixups(self))

    @cached_property
    def _faulting(self) -> list[int]:
        return sorted(self.fixups)

    def fixed_up(self, start: int, end: int) -> Iterator[int]:
        """Yield where execution goes on after faults of instructions in [start, end)."""
        at, last = bisect_left(self._faulting, start), bisect_left(self._faulting, end)
        yield from (self.fixups[place].target for place in self._faulting[at:last])

    @cached_property
    def bugs(self) -> Mapping[int, bool]:
        """Trapping instructions of the bug table: True for a WARN, which continues behind it, False for a BUG.

        Raises:
            ImageError: the table is malformed or not relocated.
        """
        return MappingProxyType(tables.bugs(self))

    @cached_property
    def rewrites(self) -> Rewrites:
        """What the kernel may make of its code at run time.

        Raises:
            ImageError: a table is malformed or not relocated.
        """
        return rewrites(self)

    @property
    def unlocated(self) -> tuple[str, ...]:
        """Kinds of `patched` whose addresses a kernel lists at a place that this file does not tell."""
        return tables.unlocated(self)

    def line(self, address: int) -> tuple[str, int] | None:
        """Return source file and line of the instruction at an address; None when the debug data does not tell."""
        part = self._binary.part(address)
        if part.name not in self._lines:
            self._lines[part.name] = LineTable(part.debug_section)
        return self._lines[part.name].line(address - part.shift)


def load_images(path: Path, base: int | None = None) -> tuple[Image, ...]:
    """Open a file, or everything that holds code in a container, for examination.

    With a base address, the file is raw machine code at that address.

    Raises:
        ImageError: the file cannot be read, is of no known format, or is damaged.
    """
    return tuple(Image(binary) for binary in open_binaries(path, base))


def load_programs(paths: Sequence[Path], base: int | None = None) -> tuple[tuple[Image, ...], tuple[str, ...]]:
    """Open files that are examined together: objects that refer to each other become one image.

    Returns:
        the images, and for each group of files that could not be linked, and each that holds no code, what they are.

    Raises:
        ImageError: a file cannot be read, is of no known format, or is damaged, or none holds code.
    """
    opened, empty = each_with_code(paths, lambda path: open_binaries(path, base))
    programs, notes = link([binary for found in opened for binary in found])
    return tuple(Image(program.binary, program.elsewhere, program.beside) for program in programs), (*notes, *empty)


def each_with_code(paths: Sequence[Path], read: Callable[[Path], _Read]) -> tuple[list[_Read], tuple[str, ...]]:
    """Read files, and pass over those that hold no code beside others that do.

    Returns:
        what was read of each, and a note on each that was passed over.

    Raises:
        ImageError: one can not be read, or none holds code; of several that can not be read, all are named.
    """
    found: list[_Read] = []
    errors: list[ImageError] = []
    for path in paths:
        try:
            found.append(read(path))
        except ImageError as error:
            errors.append(error)
    empty = [error for error in errors if isinstance(error, NoCodeError)]
    refused = [error for error in errors if not isinstance(error, NoCodeError)] or ([] if found else errors)
    if refused:
        names = ", ".join(str(error).partition(": ")[0] for error in refused[1:])
        raise type(refused[0])(f"{refused[0]}{f' (nor can be read: {names})' if names else ''}")
    return found, tuple(f"{str(error).partition(';')[0]}, and is passed over" for error in empty)
