"""From a path to the binaries in it: which format a file has, and what it contains."""

from collections.abc import Sequence
from pathlib import Path

from tdxprove import coff, compression, firmware, kernel_image, pe, te
from tdxprove.archive import Member, map_file, open_members
from tdxprove.binary import Binary, rejection
from tdxprove.elf_binary import ElfBinary
from tdxprove.elf_headers import parse
from tdxprove.firmware_binaries import open_firmware
from tdxprove.raw import raw_binary


def open_binaries(path: Path, base: int | None = None) -> tuple[Binary, ...]:
    """Open an ELF file or an archive of them, a kernel image, a PE or TE image, a COFF object or UEFI firmware.

    Of an archive there is one binary for each member that holds code, of firmware one for each module or raw section
    that holds the bytes of a TDX instruction, perhaps none. ELF files may be compressed. With a base address, the file
    is raw machine code at that address, whatever it looks like.

    Raises:
        ImageError: the file cannot be read, is damaged, or is of no known format.
    """
    if base is not None:
        return (raw_binary(path, map_file(path), base),)
    members = list(open_members(path))
    if (opened := _other_format(path, members)) is not None:
        return opened
    files = [(member, parse(name, _unwrapped(name, view))) for name, member, view in members]
    found = tuple(ElfBinary(path, member, elf) for member, elf in files if elf.has_code)
    if not found:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise rejection(str(path), "no executable section with bytes", advice)
    return found


def _unwrapped(name: str, view: memoryview) -> memoryview:
    """Return the ELF file in a kernel image or in compressed data (`.ko.xz`), other files as they are."""
    if bytes(view[:4]) == b"\x7fELF":
        return view
    if kernel_image.is_kernel_image(view):
        return kernel_image.vmlinux(name, view)
    unpacked = compression.unpack(name, view)
    return view if unpacked is None else memoryview(unpacked)


def _other_format(path: Path, members: Sequence[Member]) -> tuple[Binary, ...] | None:
    """Open a file of a format other than ELF; None if it is none of them."""
    name, member, view = members[0]
    origin = (path, member, name)
    magic = bytes(view[:4])
    if firmware.recognised(view):
        return tuple(open_firmware(path, view))
    if magic[:2] == b"MZ" and not kernel_image.is_kernel_image(view):
        return (pe.open_pe(origin, view),)
    if magic[:2] == te.SIGNATURE:
        return (pe.open_pe(origin, te.pe_image(name, view)),)
    if coff.recognised(magic):
        return (coff.open_coff(origin, view),)
    return None
