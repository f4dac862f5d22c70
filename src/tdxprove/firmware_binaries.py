"""The parts of a firmware image that hold the bytes of a TDX instruction, as binaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tdxprove import firmware, te
from tdxprove.firmware import Part
from tdxprove.loaded import LoadedBinary
from tdxprove.pe import open_pe
from tdxprove.raw import unbounded

_OPCODE = re.compile(rb"\x0f\x01[\xcc-\xcf]")


def open_firmware(path: Path, view: memoryview) -> Iterator[LoadedBinary]:
    """Open the modules and raw sections of a flash image or capsule; those without the bytes have nothing to prove.

    Raises:
        ImageError: see `firmware.parts` and `open_pe`.
    """
    found = examined_parts(path, view)
    labels = Counter(part.label for part in found)
    seen: Counter[str] = Counter()
    for part in found:
        seen[part.label] += 1
        # Volumes may hold one module several times, or several without a name in one file.
        member = part.label if labels[part.label] == 1 else f"{part.label}#{seen[part.label]}"
        yield _open(part, (path, member, f"{path}({member})"))


def examined_parts(path: Path, view: memoryview) -> list[Part]:
    """Return the modules and raw sections that hold the bytes of a TDX instruction, in the order of `open_firmware`.

    Raises:
        ImageError: see `firmware.parts`.
    """
    return [part for part in firmware.parts(str(path), view) if _OPCODE.search(part.data)]


def _open(part: Part, origin: tuple[Path, str | None, str]) -> LoadedBinary:
    if part.kind == "te":
        return open_pe(origin, te.pe_image(origin[2], part.data))
    if part.kind == "pe":
        return open_pe(origin, part.data)
    return unbounded(origin, {0: part.data}, "ms")
