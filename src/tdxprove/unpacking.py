"""Packed sections of firmware: LZMA (the standard library), Tiano and EFI compression (uefi_firmware)."""

from __future__ import annotations

import lzma
import struct
from collections.abc import Callable
from typing import Final
from uuid import UUID

from tdxprove.binary import rejection

_HEADER = struct.Struct("<II")
_LZMA_HEADER = struct.Struct("<BIQ")
_UNPACKED_LIMIT = 256 << 20
_DICTIONARY_LIMIT = 128 << 20
_CORRUPT = "copy or build the file again"


class Budget:
    """Bytes that one file may still unpack to: a few bytes can claim to stand for gigabytes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._left = _UNPACKED_LIMIT

    def spend(self, size: int) -> None:
        """Take bytes off.

        Raises:
            ImageError: there are not as many left.
        """
        if size > self._left:
            reason = f"packed sections of more than {_UNPACKED_LIMIT >> 20} MiB"
            raise rejection(self.name, reason, "unpack it with another tool and pass the modules")
        self._left -= size


Unpacker = Callable[[bytes, int], bytes]
"""From packed bytes and the unpacked size that is accounted for."""


def unpack(method: str, view: memoryview, budget: Budget, stated: int | None = None) -> memoryview:
    """Return what a packed section stands for; `stated` is the size that the section's own header gives.

    Raises:
        ImageError: the packed bytes are damaged, or stand for more than what is allowed.
    """
    data = bytes(view)
    try:
        size = _size(method, data)
        if stated is not None and stated != size:
            raise ValueError(f"sizes {stated} and {size} differ")
        budget.spend(size)
        return memoryview(_UNPACKERS[method](data, size))
    except (lzma.LZMAError, ValueError, EOFError, struct.error) as error:
        raise rejection(budget.name, f"damaged {method} section: {error}", _CORRUPT) from error


def _size(method: str, data: bytes) -> int:
    if method in (_LZMA, _LZMA_X86):
        size: int = _LZMA_HEADER.unpack_from(data)[2]
        return size
    packed, plain = _HEADER.unpack_from(data)
    if packed + _HEADER.size > len(data):
        raise ValueError(f"{packed} bytes are stated, {len(data)} are there")
    if data[packed + _HEADER.size :].strip(b"\0"):
        raise ValueError(f"{packed} bytes are stated, more are there")
    return int(plain)


def _lzma(data: bytes, size: int) -> bytes:
    decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_DICTIONARY_LIMIT)
    plain = decoder.decompress(data, size)
    if len(plain) != size or not decoder.eof or decoder.unused_data.strip(b"\0"):
        raise ValueError(f"{size} bytes are stated, {len(plain)} or more are there")
    return plain


def _lzma_x86(data: bytes, size: int) -> bytes:
    """LZMA after the x86 filter, which is undone by a stream of stored bytes that has that filter alone."""
    stored = lzma.compress(_lzma(data, size), lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
    filters = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 0}]
    return lzma.decompress(stored, lzma.FORMAT_RAW, filters=filters)


def _tiano(data: bytes, size: int) -> bytes:
    from uefi_firmware import efi_compressor

    return _decompressed(efi_compressor.TianoDecompress, data, size)


def _efi(data: bytes, size: int) -> bytes:
    """The specification's algorithm; some tools write Tiano's, which differs in a table, under the same number."""
    from uefi_firmware import efi_compressor

    try:
        return _decompressed(efi_compressor.EfiDecompress, data, size)
    except ValueError:
        return _tiano(data, size)


def _decompressed(decoder: Callable[[bytes, int], bytes], data: bytes, size: int) -> bytes:
    try:
        plain = decoder(data, len(data))
    except Exception as error:  # damaged data is reported by this very class, and by no other
        raise ValueError(str(error)) from error
    if len(plain) != size:
        raise ValueError(f"{size} bytes are stated, {len(plain)} are there")
    return plain


_LZMA, _LZMA_X86, _TIANO, STANDARD = "LZMA", "LZMA with x86 filter", "Tiano", "EFI compressed"
_UNPACKERS: Final[dict[str, Unpacker]] = {_LZMA: _lzma, _LZMA_X86: _lzma_x86, _TIANO: _tiano, STANDARD: _efi}
METHODS: Final = {
    UUID(text).bytes_le: method
    for text, method in (
        ("ee4e5898-3914-4259-9d6e-dc7bd79403cf", _LZMA),
        ("d42ae6bd-1352-4bfb-909a-ca72a6eae889", _LZMA_X86),
        ("a31280ad-481e-41b6-95e8-127f4c984779", _TIANO),
    )
}
"""Method by the GUID of a section (EDK II, MdeModulePkg/Include/Guid/LzmaDecompress.h; MdePkg, TianoDecompress.h)."""
