"""The tables in the header of a DWARF 5 line program, checked before a library reads them (DWARF 5, section 6.2.4).

The library makes an entry for each that a count promises, also where entries have no bytes: a lie of a few bytes would
keep it busy for ever.
"""

from tdxprove.binary import Buffer

_STRING, _BLOCK, _UDATA = 0x08, 0x09, 0x0F
_FIXED = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16, 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4}
_OFFSETS = (0x0E, 0x1F)
_BEFORE_LENGTH = 4
"""Version, size of an address, size of a segment selector."""
_BEFORE_OPCODES = 5
"""From the minimum length of an instruction to the range of lines."""


def check(data: Buffer, start: int, wide: int) -> None:
    """Check that the tables of directories and files are as long as they say, and end with the header.

    Args:
        data: `.debug_line`.
        start: of the header, behind the length of the unit.
        wide: its format, 32 or 64.

    Raises:
        ValueError: they are not.
    """
    width, at = wide // 8, start + _BEFORE_LENGTH
    end = at + width + int.from_bytes(data[at : at + width], "little")
    walk = _Walk(memoryview(data)[:end], at + width + _BEFORE_OPCODES, width)
    walk.skip(walk.byte() - 1)
    for _ in ("directories", "files"):
        walk.table()


class _Walk:
    def __init__(self, data: memoryview, at: int, width: int) -> None:
        self._data = data
        self._at = at
        self._width = width

    def table(self) -> None:
        """Pass a description of entries, and the entries."""
        forms = [(self.number(), self.number())[1] for _ in range(self.byte())]
        for _ in range(self.number()):
            before = self._at
            for form in forms:
                self._pass(form)
            if self._at == before:
                raise ValueError("entries without bytes")

    def skip(self, size: int) -> None:
        """Pass some bytes.

        Raises:
            ValueError: they are not there.
        """
        self._at += size
        if size < 0 or self._at > len(self._data):
            raise ValueError("a table reaches out of its header")

    def byte(self) -> int:
        """Read one."""
        self.skip(1)
        return int(self._data[self._at - 1])

    def number(self) -> int:
        """Read an unsigned LEB128."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def _pass(self, form: int) -> None:
        if form == _STRING:
            while self.byte():
                pass
        elif form == _BLOCK:
            self.skip(self.number())
        elif form == _UDATA:
            self.number()
        elif form in _OFFSETS:
            self.skip(self._width)
        elif form in _FIXED:
            self.skip(_FIXED[form])
        else:
            raise ValueError(f"form {form:#x} in a line header")
