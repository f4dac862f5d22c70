"""From a path to the binaries in it: which format a file has, and what it contains."""

from pathlib import Path

from tdxprove import compression, kernel_image
from tdxprove.archive import map_file, open_members
from tdxprove.binary import Binary, rejection
from tdxprove.elf import parse
from tdxprove.elf_binary import ElfBinary
from tdxprove.raw import RawBinary


def open_binaries(path: Path, base: int | None = None) -> tuple[Binary, ...]:
    """Open an ELF file, packed or not, an archive of them (a binary for each member with code), or a kernel image.

    With a base address, the file is raw machine code at that address, whatever it looks like.

    Raises:
        ImageError: the file cannot be read, is damaged, or is of no known format.
    """
    if base is not None:
        return (RawBinary(path, map_file(path), base),)
    files = [(member, parse(name, _unwrapped(name, view))) for name, member, view in open_members(path)]
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
