"""Machine code at an address that the user states, with no header around it, as a binary."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from tdxprove.binary import Section, Symbol, SymbolList, Symbols, rejection
from tdxprove.contents import Contents
from tdxprove.discover import discover
from tdxprove.loaded import Layout, LoadedBinary
from tdxprove.sites import candidates


def raw_binary(path: Path, view: memoryview, base: int) -> LoadedBinary:
    """Return a whole file as one executable section `.text`, in which functions are searched for from its first byte.

    Args:
        path: the file, for messages
        view: its bytes
        base: address of the first one

    Raises:
        ImageError: the bytes do not fit between the address and the end of the address space.
    """
    if base + len(view) > 1 << 64:
        reason = f"{len(view)} bytes at {base:#x} exceed the address space"
        raise rejection(str(path), reason, "give the address of the first byte by --base")
    section = Section(".text", base, len(view), executable=True, writable=False)
    layout = Layout([(section, Contents(view))])
    return LoadedBinary((path, None, str(path)), layout, partial(_found, starts=[base]), convention="sysv")


def code_with_data(
    origin: tuple[Path, str | None, str],
    code: Mapping[int, memoryview],
    data: Mapping[int, tuple[memoryview, int]],
    convention: str,
) -> LoadedBinary:
    """Return parts of a file that are code, in which functions are searched for, and others that it writes.

    Args:
        origin: path, member and name for messages
        code: bytes by the address of the first one
        data: the same, with the size in memory: behind the bytes there are zeros
        convention: that of the file type
    """
    written = [
        (Section("data", at, size, executable=False, writable=True), Contents(part))
        for at, (part, size) in data.items()
    ]
    return LoadedBinary(origin, Layout([*_parts(code), *written]), _found, convention=convention)


def unbounded(origin: tuple[Path, str | None, str], parts: Mapping[int, memoryview], convention: str) -> LoadedBinary:
    """Return parts of a file, by address, that may be code of any mode or data: their call sites are in no function.

    Args:
        origin: path, member and name for messages
        parts: bytes by the address of the first one
        convention: that of the file type
    """
    return LoadedBinary(origin, Layout(_parts(parts)), _marked, convention=convention)


def _parts(parts: Mapping[int, memoryview]) -> list[tuple[Section, Contents]]:
    return [
        (Section("raw", at, len(data), executable=True, writable=False), Contents(data)) for at, data in parts.items()
    ]


def _found(layout: Layout, starts: Iterable[int] = ()) -> Symbols:
    """Functions that control flow tells of, from these starts and from what looks like others."""
    return discover(layout.sections, layout.code, (), dict.fromkeys(starts, 0))


def _marked(layout: Layout) -> Symbols:
    """A label on every place, so that none is ruled out as a part of another instruction."""
    places = [
        section.address + found.plain for section in layout.sections for found in candidates(layout.code(section))
    ]
    return SymbolList([Symbol(f"raw_{at:x}", at, 0, function=False) for at in places], layout.sections)
