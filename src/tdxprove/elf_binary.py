"""An ELF file as a binary: sections placed, relocations applied, symbols of its table."""

import struct
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from tdxprove import eh_frame, kallsyms, orc, relocation
from tdxprove.binary import Binary, Buffer, Section, Symbol, SymbolList, Symbols, rejection
from tdxprove.contents import Contents
from tdxprove.discover import discover
from tdxprove.elf import CORRUPT, PAGE, SHF_WRITE, SHT_DYNSYM, SHT_NOBITS, SHT_SYMTAB, Elf, Header
from tdxprove.externals import Linkage
from tdxprove.symbol_lookup import SymbolLookup
from tdxprove.symtab import SymbolTable


class ElfBinary:
    """One ELF file, or one member of an archive (`tdxprove.binary.Binary`).

    A relocatable file has no addresses of its own: each of its sections gets a place of its own (elf.SECTION_BASE),
    and each undefined symbol an address outside them (`external_at`). Everything but the checks of loading is done on
    demand.
    """

    convention = "sysv"

    def __init__(self, path: Path, member: str | None, elf: Elf, linkage: Linkage | None = None) -> None:
        """Index a parsed file; `linkage` makes it a part of a program of several relocatable ones.

        Raises:
            ImageError: the symbol or relocation tables are malformed.
        """
        self.path = path
        self.member = member
        self.shift = elf.shift
        self._elf = elf
        self._dynamic = SymbolTable(elf, _only(elf, SHT_DYNSYM))
        static = _only(elf, SHT_SYMTAB)
        self._stripped = static is None and not elf.relocatable
        self._table = self._dynamic if static is None else SymbolTable(elf, static, linkage)
        self._relocations = relocation.collect(elf, self._table, self._dynamic)
        self._contents: dict[int, Contents] = {}
        self._placed = sorted((h for h in elf.headers if h.placed), key=lambda h: (h.address, h.size))
        self._addresses = [header.address for header in self._placed]

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
        found = [_section(self._elf, header) for header in self._elf.headers if header.placed]
        if self._table.common:
            size = self._table.end - self._elf.end
            found.append(Section("COMMON", self._elf.end, size, executable=False, writable=True))
        return tuple(found)

    @cached_property
    def symbols(self) -> Symbols:
        """The symbol table; where a linked file was stripped, what else tells names and bounds of functions.

        That is kallsyms in a kernel, the unwind tables elsewhere, and without them the flow of the code. These have no
        names, so what the symbols that are left name keeps its name, and is as long as they say.
        """
        lookup = SymbolLookup(self._elf, self._table)
        if self.relocatable or (self._table is not self._dynamic and lookup.has_functions):
            return lookup
        code = [section for section in self.sections if section.executable and section.size]
        found = self._kernel_symbols(code) if any(header.name == "__ex_table" for header in self._placed) else []
        if not any(symbol.function for symbol in found):
            named = {symbol.address for symbol in lookup.functions}
            found += [symbol for symbol in self._unwound(code) if symbol.address not in named]
        if not found and self._stripped:
            pointers = self._pointers(code)
            return discover(self.sections, self.code, lookup.listed, {self._elf.entry: 0}, pointers, self.shift)
        return SymbolList((*lookup.listed, *found), self.sections) if found else lookup

    def _kernel_symbols(self, code: list[Section]) -> list[Symbol]:
        found = kallsyms.symbols(self._constants(), [(s.address, s.address + s.size) for s in code]) or ()
        banner = None
        if not any(symbol.name == "linux_banner" for symbol in found):
            banner = kallsyms.banner(self._constants())
        return [*found, *([banner] if banner else [])]

    def _constants(self) -> Iterator[tuple[int, bytes]]:
        """Address and bytes of `.rodata`: writable in the section headers of a kernel, read-only once it runs."""
        for header in self._placed:
            if header.name == ".rodata" and header.kind != SHT_NOBITS:
                yield header.address, bytes(self._contents_of(header).data)

    def _pointers(self, code: list[Section]) -> Iterator[int]:
        """Words in data that are addresses of code, as far as they can be told from numbers."""
        for header in self._placed:
            if not header.executable and header.kind != SHT_NOBITS:
                data = bytes(self._contents_of(header).data)
                words = {word for (word,) in struct.iter_unpack("<Q", data[: len(data) // 8 * 8])}
                yield from (w for w in words if any(s.address <= w < s.address + s.size for s in code))

    def _unwound(self, code: list[Section]) -> Iterator[Symbol]:
        code = [section for section in code if not section.name.startswith(".plt")]  # many functions, one entry
        for header in self._placed:
            if header.name == ".eh_frame" and header.kind != SHT_NOBITS:
                yield from eh_frame.functions(bytes(self._contents_of(header).data), header.address, code, self.shift)
        places, entries = self._named(".orc_unwind_ip"), self._named(".orc_unwind")
        if places is not None and entries is not None:
            content = {section: bytes(self.code(section)) for section in code}
            data = bytes(self._contents_of(places).data), bytes(self._contents_of(entries).data)
            sites = self._named(".return_sites")
            thunk = sites and orc.return_thunk(bytes(self._contents_of(sites).data), sites.address, content)
            found = orc.functions(data[0], places.address, data[1], content)
            yield from (symbol for symbol in found if not thunk or symbol.address != thunk.address)
            yield from [thunk] if thunk else []

    def _named(self, name: str) -> Header | None:
        return next((h for h in self._placed if h.name == name and h.kind != SHT_NOBITS), None)

    def _header_at(self, address: int) -> Header | None:
        at = bisect_right(self._addresses, address) - 1
        # Sections of size 0 may share the address of the one that holds bytes, and sort before it.
        if at >= 0 and address < self._placed[at].address + self._placed[at].size:
            return self._placed[at]
        return None

    def code(self, section: Section) -> Buffer:
        """Return the bytes of a section after its relocations."""
        header = self._header_at(section.address)
        return b"" if header is None or not section.size else self._contents_of(header).data

    def read(self, address: int, size: int) -> bytes | None:
        """Return relocated bytes; slots of the synthetic GOT are readable."""
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
        if index is None or (self._table.rows.weak(index) and index in self._table.external):
            return None
        value = self._table.value(index)
        offset = address - self._table.got_slot(index)
        if value is None or offset + size > 8:
            return None
        return value.to_bytes(8, "little")[offset : offset + size]

    def external_around(self, address: int) -> tuple[str, int] | None:
        """Return the undefined symbol to which an address belongs, and the distance from it."""
        # Relocations of a linked file, which are all dynamic, name the symbols of the other table.
        table = self._table if self.relocatable else self._dynamic
        return table.external_around(address)

    def referred(self, name: str) -> int | None:
        """Return the address that a name which the file leaves open stands for: an external's, or another file's."""
        return (self._table if self.relocatable else self._dynamic).referred(name)

    @property
    def undefined(self) -> Collection[str]:
        """The undefined symbols that no other file of its program defines."""
        table = self._table if self.relocatable else self._dynamic
        return {table.rows.name(index) for index in table.external if index not in table.rows.chosen}

    @property
    def defined(self) -> Collection[str]:
        """What an object or kernel module defines for others, also common and weak."""
        return set(self._table.rows.shared_names()) if self.relocatable else ()

    @cached_property
    def slots(self) -> Mapping[int, int]:
        """What the slots of a linked file's global offset table hold, if no other file interposes."""
        return relocation.slots(self._elf, self._dynamic, self._relocations)

    @cached_property
    def indirect(self) -> Collection[tuple[int, int]]:
        """Functions whose code is chosen at load time: the address that calls of it lead to, and its resolver's."""
        resolvers = relocation.resolvers(self._elf, self._relocations)
        return {*self._table.indirect(), *self._dynamic.indirect(), *((at, at) for at in resolvers)}

    def part(self, address: int) -> Binary:  # noqa: ARG002
        """Return this binary: it is one file."""
        return self

    @property
    def linkable(self) -> bool:
        """Whether a linker still resolves what the file leaves undefined, as in objects.

        A kernel module is linked, though relocatable: its loader resolves exported symbols, and no others (Linux
        kernel/module/main.c).
        """
        return self.relocatable and not any(h.name == ".gnu.linkonce.this_module" for h in self._elf.headers)

    @property
    def table(self) -> SymbolTable:
        """The symbol table, as a linker reads it."""
        return self._table

    def placed(self, distance: int, linkage: Linkage) -> "ElfBinary":
        """Return a relocatable file as a part of a program, its sections further up by an aligned distance."""
        return ElfBinary(self.path, self.member, self._elf.moved(distance), linkage)

    @property
    def align(self) -> int:
        """The greatest alignment of a section or common symbol in bytes."""
        return max(PAGE, self._table.common_align, *(h.align for h in self._elf.headers if h.placed))

    def debug_section(self, name: str) -> Buffer | None:
        """Return a DWARF section, unpacked and relocated."""
        return relocation.debug_section(self._elf, self._table, name)


def _only(elf: Elf, kind: int) -> Header | None:
    found = list(elf.of_kind(kind))
    if len(found) > 1:
        raise rejection(elf.name, "more than one symbol table", CORRUPT)
    return found[0] if found else None


def _section(elf: Elf, header: Header) -> Section:
    writable = bool(header.flags & SHF_WRITE)
    return Section(header.name, header.address, header.size, header.executable, writable, elf.seals(header))
