"""The bytes that ship: sections, symbols, relocated contents and TDX instructions of an x86-64 ELF file."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from tdxprove import relocation, tables
from tdxprove.archive import open_members
from tdxprove.dwarf import LineTable
from tdxprove.elf import SHF_WRITE, SHT_DYNSYM, SHT_SYMTAB, Elf, Header, Section, parse, rejection
from tdxprove.relocation import Contents
from tdxprove.sites import Candidate, candidates, confirm
from tdxprove.symtab import Symbol, SymbolTable
from tdxprove.tables import Fixup

__all__ = ["Fixup", "Image", "Section", "Site", "Symbol", "load_images"]


@dataclass(frozen=True, slots=True)
class Site:
    """A TDX instruction; instruction is "tdcall", "seamcall", "seamret" or "seamops"."""

    address: int
    instruction: str
    symbol: Symbol | None


class Image:
    """One ELF file, or one member of an archive, at the addresses that it will be examined at.

    A relocatable file has none of its own: each of its sections gets a place from 0xffffffff90000000 upwards, and each
    undefined symbol an address outside them (`external_at`). Everything but the checks of loading is done on demand.
    """

    path: Path
    member: str | None

    def __init__(self, path: Path, member: str | None, elf: Elf) -> None:
        """Index a parsed file.

        Raises:
            ImageError: the symbol or relocation tables are malformed.
        """
        self.path = path
        self.member = member
        self._elf = elf
        self._dynamic = SymbolTable(elf, _only(elf, SHT_DYNSYM))
        static = _only(elf, SHT_SYMTAB)
        self._table = self._dynamic if static is None else SymbolTable(elf, static)
        self._relocations = relocation.collect(elf, self._table, self._dynamic)
        self._contents: dict[int, Contents] = {}
        self._placed = sorted((h for h in elf.headers if h.placed), key=lambda h: (h.address, h.size))
        self._addresses = [header.address for header in self._placed]

    def __repr__(self) -> str:
        return f"Image({self.name!r})"

    @property
    def name(self) -> str:
        """The file's name for messages: `x.o`, or `lib.a(x.o)` for a member."""
        return self._elf.name

    @property
    def relocatable(self) -> bool:
        """Whether the addresses were assigned here (object files and modules)."""
        return self._elf.relocatable

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections that occupy addresses, in file order, and `COMMON` where there are common symbols."""
        found = [_section(header) for header in self._elf.headers if header.placed]
        if self._table.common:
            size = self._table.end - self._elf.end
            found.append(Section("COMMON", self._elf.end, size, executable=False, writable=True))
        return tuple(found)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every defined, named symbol that has an address."""
        return tuple(map(self._table.symbol, self._table.visible))

    def _header_at(self, address: int) -> Header | None:
        at = bisect_right(self._addresses, address) - 1
        # Sections of size 0 may share the address of the one that holds bytes, and sort before it.
        if at >= 0 and address < self._placed[at].address + self._placed[at].size:
            return self._placed[at]
        return None

    def section_at(self, address: int) -> Section | None:
        """Return the section that contains an address."""
        header = self._header_at(address)
        if header is not None:
            return _section(header)
        if self._table.common and self._elf.end <= address < self._table.end:
            return self.sections[-1]
        return None

    def read(self, address: int, size: int) -> bytes | None:
        """Return relocated bytes.

        None when one of them lies outside the image or in NOBITS, or belongs to a relocation that is settled only at
        link or load time. Slots of the synthetic GOT are readable.
        """
        if size < 0:
            return None
        header = self._header_at(address)
        if header is None:
            return self._read_got(address, size)
        offset = address - header.address
        part = min(size, header.size - offset)
        data = self._contents_of(header).read(offset, part)
        if data is None or part == size:
            return data
        rest = self.read(address + part, size - part)
        return None if rest is None else data + rest

    def _contents_of(self, header: Header) -> Contents:
        if header.index not in self._contents:
            applied = self._relocations.get(header.index, ())
            self._contents[header.index] = relocation.relocate(self._elf, header, applied)
        return self._contents[header.index]

    def _read_got(self, address: int, size: int) -> bytes | None:
        index = self._table.got_symbol(address)
        if index is None or (self._table.weak(index) and index in self._table.external):
            return None
        value = self._table.value(index)
        offset = address - self._table.got_slot(index)
        if value is None or offset + size > 8:
            return None
        return value.to_bytes(8, "little")[offset : offset + size]

    def symbol_at(self, address: int) -> tuple[Symbol, int] | None:
        """Return the innermost function symbol around an address, and the offset into it."""
        index = self._table.covering(address)
        if index is None:
            return None
        symbol = self._table.symbol(index)
        return symbol, address - symbol.address

    def bounds(self, symbol: Symbol) -> tuple[int, int]:
        """Return [start, end) of a symbol of this image.

        A symbol without a size ends at the next symbol or at the end of its section.
        """
        section = self.section_at(symbol.address)
        limit = section.address + section.size if section else symbol.address + symbol.size
        return symbol.address, self._table.end_of(symbol.address, symbol.size, limit)

    def function(self, name: str) -> Symbol | None:
        """Return the function of that name; a global one hides local ones, of which the first by address counts."""
        symbol = self.symbol(name)
        if symbol is None or symbol.function:
            return symbol
        section = self.section_at(symbol.address)
        return symbol if section is not None and section.executable else None

    def functions(self) -> tuple[Symbol, ...]:
        """Return every function symbol by address."""
        return tuple(map(self._table.symbol, self._table.functions))

    def symbol(self, name: str) -> Symbol | None:
        """Return the defined symbol of that name, functions and objects alike."""
        index = self._table.find(name)
        return None if index is None else self._table.symbol(index)

    def address_of(self, name: str) -> int | None:
        """Return the address of the defined symbol of that name."""
        symbol = self.symbol(name)
        return None if symbol is None else symbol.address

    def external_at(self, address: int) -> str | None:
        """Return the name of the undefined symbol that was given an address."""
        return self._table.externals.get(address) or self._dynamic.externals.get(address)

    def display(self, address: int) -> str:
        """Return an address as objdump shows it: relative to its section in a relocatable file, else absolute."""
        header = self._header_at(address) if self.relocatable else None
        return f"{address - header.address if header else address:#x}"

    def locate(self, address: int) -> str:
        """Return an address as `symbol+0x2d`, or as `display` shows it where no function covers it."""
        found = self.symbol_at(address)
        if found is None:
            return self.external_at(address) or self.display(address)
        return f"{found[0].name}+{found[1]:#x}"

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every TDX instruction of the executable sections, by address."""
        found = []
        for header in self._placed:
            if header.executable:
                data = self._contents_of(header).data
                found += [(header, candidate) for candidate in candidates(data)]
        return tuple(sorted(self._confirmed(found), key=lambda site: site.address))

    def _confirmed(self, found: list[tuple[Header, Candidate]]) -> Iterator[Site]:
        groups: dict[tuple[int, int], list[Candidate]] = {}
        for header, candidate in found:
            start, end = self._sweep_range(header, header.address + candidate.plain)
            shifted = candidate.moved(header.address - start)
            groups.setdefault((start, end), []).append(shifted)
        for (start, end), members in groups.items():
            section = self._header_at(start)
            assert section is not None
            data = self._contents_of(section).data
            code = bytes(data[start - section.address : end - section.address])
            labels = [label - start for label in self._table.starts(start, end)]
            for candidate, offset in confirm(code, members, labels).items():
                covering = self.symbol_at(start + offset)
                yield Site(start + offset, candidate.instruction, covering[0] if covering else None)

    def _sweep_range(self, header: Header, address: int) -> tuple[int, int]:
        index = self._table.covering(address)
        if index is not None:
            start, end = self._table.bounds(index)
        else:
            before = self._table.starts(header.address, address + 1)
            start, end = before[-1] if before else header.address, address
        # Room for the candidate itself, should it straddle the end.
        return max(start, header.address), min(max(end, address + 16), header.address + header.size)

    @cached_property
    def fixups(self) -> Mapping[int, Fixup]:
        """Exception table entries by the address of the instruction that may fault.

        Raises:
            ImageError: the table is malformed or not relocated.
        """
        return MappingProxyType(tables.fixups(self))

    @cached_property
    def bugs(self) -> Mapping[int, bool]:
        """Trapping instructions of the bug table: True for a WARN, which continues behind it, False for a BUG.

        Raises:
            ImageError: the table is malformed or not relocated.
        """
        return MappingProxyType(tables.bugs(self))

    @cached_property
    def patched(self) -> Mapping[int, str]:
        """Addresses that the kernel may rewrite at run time, with what does so ("alternative", "jump label", ...).

        Raises:
            ImageError: a table is malformed or not relocated.
        """
        return MappingProxyType(tables.patched(self))

    @cached_property
    def _lines(self) -> LineTable:
        return LineTable(lambda name: relocation.debug_section(self._elf, self._table, name))

    def line(self, address: int) -> tuple[str, int] | None:
        """Return source file and line of the instruction at an address; None when the debug data does not tell."""
        return self._lines.line(address)


def load_images(path: Path) -> tuple[Image, ...]:
    """Open an ELF file, or an archive of them (one image for each member that holds code).

    Raises:
        ImageError: the file cannot be read or is not a complete x86-64 ELF file or archive of such.
    """
    files = [(member, parse(name, view)) for name, member, view in open_members(path)]
    images = tuple(Image(path, member, elf) for member, elf in files if elf.has_code)
    if not images:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise rejection(str(path), "no executable section with bytes", advice)
    return images


def _only(elf: Elf, kind: int) -> Header | None:
    found = list(elf.of_kind(kind))
    if len(found) > 1:
        raise rejection(elf.name, "more than one symbol table", "the file is corrupt, build it again")
    return found[0] if found else None


def _section(header: Header) -> Section:
    return Section(header.name, header.address, header.size, header.executable, bool(header.flags & SHF_WRITE))
