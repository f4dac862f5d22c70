"""From a path to the binaries in it: which format a file has, and what it contains."""

from collections.abc import Sequence
from pathlib import Path

from tdxprove import coff, firmware, pe, te
from tdxprove.archive import Member, open_members
from tdxprove.binary import Binary, rejection
from tdxprove.elf import parse
from tdxprove.elf_binary import ElfBinary
from tdxprove.firmware_binaries import open_firmware


def open_binaries(path: Path) -> tuple[Binary, ...]:
    """Open an ELF file, an archive of them, a PE or TE image, a COFF object or UEFI firmware.

    Of an archive there is one binary for each member that holds code, of firmware one for each module or raw section
    that holds the bytes of a TDX instruction, perhaps none.

    Raises:
        ImageError: the file cannot be read or is not a complete file of these formats for x86-64.
    """
    members = list(open_members(path))
    if (opened := _other_format(path, members)) is not None:
        return opened
    files = [(member, parse(name, view)) for name, member, view in members]
    found = tuple(ElfBinary(path, member, elf) for member, elf in files if elf.has_code)
    if not found:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise rejection(str(path), "no executable section with bytes", advice)
    return found


def _other_format(path: Path, members: Sequence[Member]) -> tuple[Binary, ...] | None:
    """Open a file of a format other than ELF; None if it is none of them."""
    name, member, view = members[0]
    origin = (path, member, name)
    magic = bytes(view[:4])
    if firmware.recognised(view):
        return tuple(open_firmware(path, view))
    if magic[:2] == b"MZ":
        return (pe.open_pe(origin, view),)
    if magic[:2] == te.SIGNATURE:
        return (pe.open_pe(origin, te.pe_image(name, view)),)
    if coff.recognised(magic):
        return (coff.open_coff(origin, view),)
    return None
