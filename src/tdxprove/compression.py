"""Compressed data as distributions install it: kernel payloads and modules, unpacked within stated bounds.

Their magic numbers tell the formats apart (Linux, Documentation/arch/x86/boot.rst, payload_offset; lib/decompress.c).
"""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import lz4.block
import zstandard
from lzallright import LZOCompressor, LZOError

from tdxprove.binary import rejection

LIMIT: Final = 1 << 29
"""Most bytes that are unpacked: ten times a distribution's kernel, and still in the memory of a small machine."""

_CHUNK = 4 << 20
_ZSTD_INPUT = 1 << 10  # at most 256 blocks, each of which unpacks to 128 KiB at most (RFC 8878, section 3.1.1.2)
_ZSTD_WINDOW = 1 << 27  # zstd -22 --ultra, as scripts/Makefile.lib calls it
_LZMA_MEMORY = 1 << 29
_LZ4_BLOCK = 8 << 20  # lib/decompress_unlz4.c: LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE
_LZO_BLOCK = 256 << 10  # lib/decompress_unlzo.c: LZO_BLOCK_SIZE
_REBUILD = "copy or build the file again"


class _CorruptError(Exception):
    """Data that is not of its format; what the libraries do not notice themselves."""


_FAULTS = (
    _CorruptError, EOFError, OSError, ValueError, struct.error, zlib.error, lzma.LZMAError, zstandard.ZstdError,
    lz4.block.LZ4BlockError, LZOError,
)  # fmt: skip


def unpack(name: str, view: memoryview, size: int | None = None) -> bytearray | None:
    """Return what compressed data unpacks to; None where its magic number is of no known format.

    Args:
        name: the file, for messages
        view: the data, with nothing behind it that belongs to others
        size: bytes that it has to unpack to, where that is known

    Raises:
        ImageError: the data is damaged, or unpacks to other than size or to more than LIMIT bytes.
    """
    decoder = next((decode for magic, decode in _DECODERS.items() if bytes(view[: len(magic)]) == magic), None)
    if decoder is None:
        return None
    most = LIMIT if size is None else size
    if most > LIMIT:
        raise rejection(name, f"claims to unpack to {size} bytes, more than {LIMIT}", "unpack it first")
    found = bytearray()
    try:
        for part in decoder(view):
            found += part
            if len(found) > most:
                raise rejection(name, f"unpacks to more than {most} bytes", _REBUILD)
    except (*_FAULTS, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise rejection(name, f"damaged compressed data: {reason}", _REBUILD) from error
    if size is not None and len(found) != size:
        raise rejection(name, f"unpacks to {len(found)} bytes, not to the {size} that it states", _REBUILD)
    return found


def _gzip(view: memoryview) -> Iterator[bytes]:
    decoder = zlib.decompressobj(wbits=31)
    rest: bytes | memoryview = view
    while not decoder.eof:
        data = decoder.decompress(rest, _CHUNK)
        rest = decoder.unconsumed_tail
        if not data and not rest and not decoder.eof:
            raise _CorruptError("truncated")
        yield data
    _check_end(decoder.unused_data)


def _check_end(rest: bytes | memoryview) -> None:
    """Refuse a second stream: what is not unpacked would be missing without a word. Padding is zeros."""
    if any(rest):
        raise _CorruptError(f"{len(rest)} bytes stand behind its end")


def _pull(decoder: Any, view: memoryview) -> Iterator[bytes]:
    """Read from a decoder of bz2 or lzma, which have the same methods."""
    data: bytes = decoder.decompress(view, _CHUNK)
    while not decoder.eof:
        if not data and decoder.needs_input:
            raise _CorruptError("truncated")
        yield data
        data = decoder.decompress(b"", _CHUNK)
    yield data
    _check_end(decoder.unused_data)


def _bzip2(view: memoryview) -> Iterator[bytes]:
    return _pull(bz2.BZ2Decompressor(), view)


def _xz(view: memoryview) -> Iterator[bytes]:
    return _pull(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY), view)


def _lzma(view: memoryview) -> Iterator[bytes]:
    return _pull(lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY), view)


def _zstd(view: memoryview) -> Iterator[bytes]:
    # Not its stream reader, which takes a truncated frame for a short one.
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
    for start in range(0, len(view), _ZSTD_INPUT):
        yield decoder.decompress(view[start : start + _ZSTD_INPUT])
        if decoder.eof:
            _check_end(decoder.unused_data)
            _check_end(view[start + _ZSTD_INPUT :])
            return
    raise _CorruptError("truncated")


def _lz4(view: memoryview) -> Iterator[bytes]:
    """Read the legacy frame of lz4: after the magic number blocks, each behind its size (doc/lz4_Frame_format.md)."""
    at, data = 4, None
    while at < len(view):
        (size,) = struct.unpack_from("<I", view, at)
        at += 4
        # All blocks but the last one are full.
        if not size or size > len(view) - at or (data is not None and len(data) != _LZ4_BLOCK):
            raise _CorruptError(f"no block of {size} bytes belongs at byte {at} of {len(view)}")
        data = lz4.block.decompress(view[at : at + size], uncompressed_size=_LZ4_BLOCK)
        yield data
        at += size


def _lzo(view: memoryview) -> Iterator[bytes]:
    """Read the container of lzop, as lib/decompress_unlzo.c does: blocks behind two sizes and a check sum."""
    at = _lzop_header(view)
    while (size := struct.unpack_from(">I", view, at)[0]) != 0:
        packed, checksum = struct.unpack_from(">II", view, at + 4)
        at += 12
        if size > _LZO_BLOCK or packed > size or packed > len(view) - at:
            raise _CorruptError(f"a block at byte {at} has lengths {packed} and {size}")
        data = bytes(view[at : at + packed])
        if packed < size:
            data = LZOCompressor.decompress(data, output_size_hint=size)
        if len(data) != size or zlib.adler32(data) != checksum:
            raise _CorruptError(f"the block at byte {at} fails its check")
        yield data
        at += packed
    _check_end(view[at + 4 :])


def _lzop_header(view: memoryview) -> int:
    """Return where the blocks begin: after magic number, versions, method, flags, mode, times, name and check sum."""
    (version,) = struct.unpack_from(">H", view, 9)
    at = 17 if version >= 0x0940 else 16
    (flags,) = struct.unpack_from(">I", view, at)
    if flags & 0xB03 != 0x1:
        raise _CorruptError(f"lzop flags {flags:#x}, which kernel images do not have")
    at += 4 + (12 if version >= 0x0940 else 8)
    return at + 1 + int(view[at]) + 4 if at < len(view) else at


_DECODERS: dict[bytes, Callable[[memoryview], Iterator[bytes]]] = {
    b"\x1f\x8b": _gzip,
    b"BZh": _bzip2,
    b"\x5d\x00\x00": _lzma,
    b"\xfd7zXZ\x00": _xz,
    b"\x89LZO\x00\r\n\x1a\n": _lzo,
    b"\x02\x21\x4c\x18": _lz4,
    b"\x28\xb5\x2f\xfd": _zstd,
}
