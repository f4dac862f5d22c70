"""ELF x86-64 container: sections, and where this package places them.

Structures and constants are those of the System V ABI (gABI, chapters 4 and 5) and its AMD64 supplement (psABI).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from tdxprove.binary import rejection

SHT_SYMTAB, SHT_STRTAB, SHT_RELA, SHT_NOBITS, SHT_REL, SHT_DYNSYM = 2, 3, 4, 8, 9, 11
SHT_SYMTAB_SHNDX, SHT_RELR, SHT_CREL = 18, 19, 0x40000014
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_TLS, SHF_COMPRESSED = 0x1, 0x2, 0x4, 0x400, 0x800
SHN_UNDEF, SHN_LORESERVE, SHN_ABS, SHN_COMMON, SHN_XINDEX = 0, 0xFF00, 0xFFF1, 0xFFF2, 0xFFFF
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
PT_LOAD, PT_DYNAMIC, PT_GNU_RELRO, PN_XNUM = 1, 2, 0x6474_E552, 0xFFFF
PF_X, PF_W = 1, 2

# Relocatable files get kernel-like addresses, so that sign-extended 32-bit relocations fit; above __START_KERNEL_map
# (0xffffffff80000000, Linux arch/x86/include/asm/page_64_types.h), which kernels use as a number. Sections begin at no
# round number: whether the address of a function is taken is searched for in bytes, and `00 00 00 90` is in any code.
EXTERNAL_BASE = 0xFFFF_FFFF_8100_0000
GOT_BASE = 0xFFFF_FFFF_8800_0000
SECTION_BASE = 0xFFFF_FFFF_93C0_0000
SECTION_LIMIT = 0xFFFF_FFFF_F000_0000
# A linked file may own the addresses above; nothing links into this canonical gap below the kernel image.
LINKED_EXTERNAL_BASE = 0x7FFF_F000_0000
# Where a file that is linked at 0 is placed: at no round number, as above.
MOVED_BASE = 0x5555_93C0_0000
PAGE = 0x1000

CORRUPT: Final = "the file is corrupt, build it again"


@dataclass(frozen=True, slots=True)
class Header:
    """A section header; address is where this package places the section (0 when it has no place)."""

    index: int
    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry: int

    @property
    def placed(self) -> bool:
        """Whether the section occupies addresses (the TLS template's NOBITS part does not)."""
        return bool(self.flags & SHF_ALLOC) and not (self.kind == SHT_NOBITS and self.flags & SHF_TLS)

    @property
    def executable(self) -> bool:
        """Whether the section holds instructions."""
        return self.placed and bool(self.flags & SHF_EXECINSTR)


@dataclass(frozen=True, slots=True)
class Elf:
    """A checked ELF file: every section lies inside the file and every placed section inside the address space.

    `shift` is how far from where it is linked the file was placed; `sealed` are the addresses before that, each range
    from where to where, that the loader of a linked file makes read-only once it has relocated it.
    """

    name: str
    view: memoryview
    relocatable: bool
    headers: tuple[Header, ...]
    end: int
    entry: int
    shift: int = 0
    sealed: tuple[tuple[int, int], ...] = ()

    @property
    def has_code(self) -> bool:
        """Whether there are bytes in an executable section.

        Raises:
            ImageError: there are none, because the compiler left code generation to the linker.
        """
        if any(header.executable and header.size and header.kind != SHT_NOBITS for header in self.headers):
            return True
        if any(header.name.startswith(".gnu.lto_") for header in self.headers):
            raise rejection(self.name, "LTO bytecode, not machine code", "compile it without link-time optimisation")
        return False

    def contents(self, header: Header) -> memoryview:
        """Return the file's bytes of a section (empty for NOBITS)."""
        if header.kind == SHT_NOBITS:
            return self.view[:0]
        return self.view[header.offset : header.offset + header.size]

    def of_kind(self, *kinds: int) -> Iterator[Header]:
        """Yield the sections of the given sh_type values."""
        return (header for header in self.headers if header.kind in kinds)

    def linked(self, header: Header, kind: int, what: str) -> Header:
        """Return the section that sh_link names.

        Raises:
            ImageError: the link leads nowhere or to a section of another type.
        """
        if header.link < len(self.headers) and self.headers[header.link].kind == kind:
            return self.headers[header.link]
        raise rejection(self.name, f"section {header.name!r} links to no {what} (sh_link {header.link})", CORRUPT)

    def table(self, header: Header, entry: struct.Struct) -> Iterator[tuple[int, ...]]:
        """Iterate over the entries of a table section.

        Raises:
            ImageError: the entry size is not the ABI's or the section is not a whole number of entries.
        """
        if header.entry != entry.size or header.size % entry.size:
            raise rejection(
                self.name, f"section {header.name!r} is no table of {entry.size}-byte entries (sh_entsize)", CORRUPT
            )
        return entry.iter_unpack(self.contents(header))

    def seals(self, header: Header) -> bool:
        """Is a section read-only once the loader has relocated it?"""
        start = header.address - self.shift
        return header.placed and any(low <= start and start + header.size <= high for low, high in self.sealed)

    def moved(self, distance: int) -> "Elf":
        """Return a relocatable file whose sections lie further up by a distance that keeps their alignment."""
        headers = (replace(h, address=h.address + distance) if h.placed else h for h in self.headers)
        return replace(self, headers=tuple(headers), end=self.end + distance)
