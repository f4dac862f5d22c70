"""From a path to the binaries in it: which format a file has, and what it contains."""

from dataclasses import replace
from pathlib import Path

from tdxprove import coff, coff_header, compression, firmware_layout, kernel_image, pe, te
from tdxprove.archive import map_file, open_members
from tdxprove.binary import Binary, no_code
from tdxprove.elf_binary import ElfBinary
from tdxprove.elf_headers import parse
from tdxprove.elf_rebase import rebased
from tdxprove.firmware_binaries import open_firmware
from tdxprove.raw import code_with_data, raw_binary


def open_binaries(path: Path, base: int | None = None) -> tuple[Binary, ...]:
    """Open an ELF file, a COFF object or an archive of them, a kernel image, a PE or TE image, or UEFI firmware.

    Of an archive there is one binary for each member that holds code, of firmware one for each module or raw section
    that holds the bytes of a TDX instruction, perhaps none; of a kernel image the kernel, and what unpacks it if it
    holds those. What is no archive may be compressed. With a base address, the file is raw machine code at that
    address, whatever it looks like.

    Raises:
        ImageError: the file cannot be read, is damaged, or is of no known format.
    """
    if base is not None:
        return (raw_binary(path, map_file(path), base),)
    members = list(open_members(path))
    if members[0][1] is None:
        found = _file(path, members[0][2])
    else:
        found = tuple(binary for member in members if (binary := _member(path, *member)) is not None)
        if not found:
            advice = "pass objects, or the program or .dll that the code is in"
            raise no_code(str(path), "no executable section with bytes in an archive, as in import libraries", advice)
    if found is None:
        advice = "pass the file that holds the machine code, not one with debug data or data alone"
        raise no_code(str(path), "no executable section with bytes", advice)
    return found


def _member(path: Path, name: str, member: str | None, view: memoryview) -> Binary | None:
    """Open an ELF file or a COFF object of an archive; None if it holds no code."""
    if coff_header.recognised(bytes(view[:4])):
        return coff.open_member((path, member, name), view)
    elf = rebased(parse(name, view))
    return ElfBinary(path, member, elf) if elf.has_code else None


def _file(path: Path, view: memoryview) -> tuple[Binary, ...] | None:
    """Open what is no archive, after unpacking it; None if it is an ELF file without code."""
    name = str(path)
    unpacked = compression.unpack(name, view)
    if unpacked is not None:
        name, view = f"{name} (unpacked)", memoryview(unpacked)
    if kernel_image.is_kernel_image(view):
        elf = parse(name, kernel_image.vmlinux(name, view))
        boot = kernel_image.boot_code(view, pe.written_sections(view))
    else:
        if (opened := _other_format(path, name, view)) is not None:
            return opened
        elf, boot = rebased(parse(name, view)), None
    elf = replace(elf, name=str(path))
    return (ElfBinary(path, None, elf), *_boot(path, boot)) if elf.has_code else None


def _boot(path: Path, boot: kernel_image.BootCode | None) -> tuple[Binary, ...]:
    """The code of a kernel image that unpacks the kernel, if it holds a TDX instruction."""
    if boot is None:
        return ()
    return (code_with_data((path, "boot", f"{path}(boot)"), boot.code, boot.data, "sysv"),)


def _other_format(path: Path, name: str, view: memoryview) -> tuple[Binary, ...] | None:
    """Open a file of a format other than ELF; None if it is none of them."""
    origin = (path, None, str(path))
    magic = bytes(view[:4])
    if firmware_layout.recognised(view):
        return tuple(open_firmware(path, view))
    if magic[:2] == b"MZ":
        return (pe.open_pe(origin, view),)
    if magic[:2] == te.SIGNATURE:
        return (pe.open_pe(origin, te.pe_image(name, view)),)
    if coff_header.recognised(magic):
        return (coff.open_coff(origin, view),)
    return None
