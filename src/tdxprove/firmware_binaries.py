"""The parts of a firmware image that hold the bytes of a TDX instruction, as binaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tdxprove import firmware, te
from tdxprove.binary import Section, Symbol, SymbolList, Symbols
from tdxprove.contents import Contents
from tdxprove.firmware import Part
from tdxprove.loaded import Layout, LoadedBinary
from tdxprove.pe import open_pe
from tdxprove.sites import candidates

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
    section = Section("raw", 0, len(part.data), executable=True, writable=False)
    return LoadedBinary(origin, Layout([(section, Contents(part.data))]), _marked)


def _marked(layout: Layout) -> Symbols:
    """A label on every place, and no function: the bytes may be code of any mode or data, so none is ruled out."""
    (section,) = layout.sections
    places = [section.address + found.plain for found in candidates(layout.code(section))]
    return SymbolList([Symbol(f"raw_{at:x}", at, 0, function=False) for at in places], layout.sections)
