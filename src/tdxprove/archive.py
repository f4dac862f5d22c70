"""Files as memory: an object or image itself, or the members of a static library.

A thin archive, such as the kernel's `built-in.a`, has no members in it but their paths (GNU binutils, ar(1)).
"""

import mmap
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import arpy

from tdxprove.binary import Buffer, rejection
from tdxprove.sites import candidates

_REBUILD = "copy or build the file again"
_MAGIC, _THIN_MAGIC, _BITCODE_MAGIC = b"!<arch>\n", b"!<thin>\n", b"BC\xc0\xde"
_ELF_MAGIC, _COFF_MAGIC, _ANONYMOUS_MAGIC = b"\x7fELF", b"\x64\x86", b"\0\0\xff\xff"
_PACKED = (_MAGIC, _THIN_MAGIC, b"MZ", b"VZ", b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh", b"PK\3\4")
"""How files begin that may hold machine code which is not to be seen without unpacking, or that are none of objects."""

_HEADER_SIZE = 60
_THIN_HEADER = struct.Struct("16s12s6s6s8s10s2s")
_LONG_NAME = re.compile(rb"/(\d+) *")
_BIG_ENDIAN = struct.Struct(">I")
Member = tuple[str, str | None, memoryview]
"""Name for messages, name in the archive, bytes."""


def open_members(path: Path) -> Iterator[Member]:
    """Yield the file at a path, or the ELF and COFF objects in it if it is an archive.

    Other members are passed over where they hold no machine code: the metadata of Rust libraries, import objects of
    Windows.

    Raises:
        ImageError: the file cannot be read, or is a damaged archive, one without objects, or one with a member that may
            hold machine code and is no object.
    """
    view = map_file(path)
    thin = view[:8] == _THIN_MAGIC
    if view[:8] != _MAGIC and not thin:
        yield str(path), None, view
        return
    found = False
    for member in _thin_members(path, view) if thin else _members(path, view):
        if _is_object(member):
            found = True
            yield member
    if not found:
        kind = "thin archive" if thin else "archive"
        raise rejection(str(path), f"{kind} without objects", "pass an archive of x86-64 objects")


def _is_object(member: Member) -> bool:
    """Whether a member of an archive is to be opened.

    Raises:
        ImageError: it is no object, and nothing shows that it holds no TDX instruction.
    """
    name, _, body = member
    start = bytes(body[:8])
    if start[:4] == _BITCODE_MAGIC:
        raise rejection(name, "LLVM bitcode, not machine code", "compile it without link-time optimisation")
    if start[:4] == _ELF_MAGIC or start[:2] == _COFF_MAGIC:
        return True
    if start[:4] == _ANONYMOUS_MAGIC:
        return start[4:6] != bytes(2)  # version 0 is an import object (PE format, "Import Library Format")
    if start.startswith(_PACKED) or next(candidates(body), None) is not None:
        raise rejection(name, "a member of an archive that is no object", "unpack the archive, pass its files")
    return False


def map_file(path: Path) -> memoryview:
    """Map a file that is not empty into memory.

    Raises:
        ImageError: there is no such file, or it cannot be read.
    """
    try:
        # Asked before opening: to open a pipe would wait for its other end.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise rejection(str(path), "is a directory", "pass the files in it")
        if not stat.S_ISREG(mode):
            raise rejection(str(path), "not a regular file", "pass an ELF file")
        with path.open("rb") as stream:
            if not stream.seek(0, 2):
                raise rejection(str(path), "empty file", _REBUILD)
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError as error:
        raise rejection(str(path), "no such file", "check the path") from error
    except OSError as error:
        raise rejection(str(path), f"cannot be read: {error.strerror}", "check its permissions") from error
    except ValueError as error:
        raise rejection(str(path), f"not a path: {error}", "check the path") from error


def stamp(path: Path) -> tuple[int, ...] | None:
    """Return what tells whether a file was replaced or written to; None for one that is not there."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def unchanged(path: Path, before: tuple[int, ...] | None) -> None:
    """Check that a file is the one that it was: parts of two files are none that a verdict could speak of.

    Raises:
        ImageError: it was replaced or written to.
    """
    if stamp(path) != before:
        raise rejection(str(path), "changed while it was read", "run it again when nothing writes to it")


def _thin_members(path: Path, view: memoryview) -> Iterator[Member]:
    """Yield the files that a thin archive names, relative to its own place."""
    names, position, seen = b"", len(_THIN_MAGIC), set[str]()
    while position < len(view):
        if position + _THIN_HEADER.size > len(view):
            raise rejection(str(path), "truncated in the header of a member", _REBUILD)
        label, _, _, _, _, size, end = _THIN_HEADER.unpack_from(view, position)
        position += _THIN_HEADER.size
        if end != b"`\n" or not size.strip().isdigit():
            raise rejection(str(path), f"damaged archive: no header of a member at byte {position - 60}", _REBUILD)
        if label.strip() in (b"/", b"//", b"/SYM64/"):  # only tables have their content here
            content = bytes(view[position : position + int(size)])
            _check_table(path, content)
            if len(content) < int(size):
                raise rejection(str(path), "truncated in the table of names or symbols", _REBUILD)
            names = content if label.strip() == b"//" else names
            position += int(size) + int(size) % 2
            continue
        member = _thin_name(path, label, names)
        if member in seen:
            raise rejection(str(path), f"thin archive that names {member!r} twice", "pass the object files")
        seen.add(member)
        # A copy: a mapping would keep a file descriptor, and an archive may name thousands of files.
        yield f"{path}({member})", member, memoryview(bytes(map_file(path.parent / member)))


def _thin_name(path: Path, label: bytes, names: bytes) -> str:
    found = _LONG_NAME.fullmatch(label)
    start = int(found[1]) if found else 0
    text = names[start:] if found else label
    name, slash, _ = text.partition(b"/\n" if found else b"/")
    if not name or not slash:  # also for "/0:68", a member of an archive that the archive names
        raise rejection(str(path), f"thin archive with a member of no file: {label!r}", "pass the object files")
    return name.decode("utf-8", "surrogateescape")


def _members(path: Path, view: memoryview) -> Iterator[Member]:
    headers = _headers(path)
    indexed = False
    for header in headers:
        end = header.file_offset + header.size
        if end > len(view):
            raise rejection(str(path), f"truncated: a member ends at byte {end} of a file of {len(view)}", _REBUILD)
        body = view[header.file_offset : end]
        if header.type == arpy.HEADER_GNU_SYMBOLS and not indexed:  # the second one of Windows has another form
            indexed = True
            _check_index(path, body, {other.offset for other in headers})
        if header.type not in (arpy.HEADER_BSD, arpy.HEADER_NORMAL, arpy.HEADER_GNU):
            _check_table(path, body)
            continue
        member = header.name.rstrip(b"\0").decode("utf-8", "backslashreplace")
        name = f"{path}({member})"
        yield name, member, body


def _check_table(path: Path, body: Buffer) -> None:
    """Check that a table of an archive is no member with code whose name was lost: linkers pass tables over."""
    if next(candidates(body), None) is not None:
        raise rejection(str(path), "damaged archive: a table of names or symbols holds a TDX instruction", _REBUILD)


def _check_index(path: Path, index: memoryview, offsets: set[int]) -> None:
    """Check that the members of the symbol index exist: an archive cut between two members looks whole otherwise."""
    count = _BIG_ENDIAN.unpack_from(index)[0] if len(index) >= 4 else 0
    if 4 * (count + 1) > len(index):
        raise rejection(str(path), "truncated in the symbol index", _REBUILD)
    if any(row[0] not in offsets for row in _BIG_ENDIAN.iter_unpack(index[4 : 4 * (count + 1)])):
        raise rejection(str(path), "truncated: the symbol index names a member that is not there", _REBUILD)


def _headers(path: Path) -> list[arpy.ArchiveFileHeader]:
    """Read the member headers; arpy checks neither that sizes are positive nor that it makes progress."""
    headers: list[arpy.ArchiveFileHeader] = []
    try:
        with path.open("rb") as stream:
            archive = arpy.Archive(fileobj=stream)
            while (header := archive.read_next_header()) is not None:
                if header.size < 0 or header.file_offset < header.offset + _HEADER_SIZE:
                    reason = f"damaged archive: the member at byte {header.offset} has a negative size"
                    raise rejection(str(path), reason, _REBUILD)
                headers.append(header)
    except (arpy.ArchiveFormatError, arpy.ArchiveAccessError, ValueError, TypeError) as error:
        raise rejection(str(path), f"damaged archive: {error.args[0]}", _REBUILD) from error
    return headers
