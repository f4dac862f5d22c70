"""From a path to the binaries in it: which format a file has, and what it contains."""

from pathlib import Path

from tdxprove.archive import open_members
from tdxprove.binary import Binary, rejection
from tdxprove.elf import parse
from tdxprove.elf_binary import ElfBinary


def open_binaries(path: Path) -> tuple[Binary, ...]:
    """Open an ELF file, or an archive of them (one binary for each member that holds code).

    Raises:
        ImageError: the file cannot be read or is not a complete x86-64 ELF file or archive of such.
    """
    files = [(member, parse(name, view)) for name, member, view in open_members(path)]
    found = tuple(ElfBinary(path, member, elf) for member, elf in files if elf.has_code)
    if not found:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise rejection(str(path), "no executable section with bytes", advice)
    return found
