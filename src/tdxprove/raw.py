"""Machine code at an address that the user states, with no header around it, as a binary."""

from pathlib import Path

from tdxprove.binary import Section, SymbolList, rejection
from tdxprove.contents import Contents
from tdxprove.loaded import Layout, LoadedBinary


def raw_binary(path: Path, view: memoryview, base: int) -> LoadedBinary:
    """Return a whole file as one executable section `.text`.

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
    return LoadedBinary(
        (path, None, str(path)), layout, lambda loaded: SymbolList((), loaded.sections), convention="sysv"
    )
