"""Addresses that stand for what ELF files leave undefined, and what the other files of a program say of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tdxprove.binary import rejection
from tdxprove.elf import EXTERNAL_BASE, GOT_BASE

_LEAST_ROOM, _MOST_ROOM = 0x1000, 0x10_0000


class Externals:
    """Undefined symbols by name, far apart: each may be a variable of unknown size, and two that touch would be one.

    `room` is the bytes around the address of one of them, half of them before it, that belong to no other.
    """

    def __init__(self, file: str, names: Iterable[str], base: int = EXTERNAL_BASE, end: int | None = None) -> None:
        """Give each name an address from `base` upwards, below `end` if given; `file` is for messages.

        Raises:
            ImageError: there are too many.
        """
        self._names = tuple(dict.fromkeys(names))
        self._base = base
        space = GOT_BASE - EXTERNAL_BASE if end is None else end - base
        self.room = min(_MOST_ROOM, 1 << (space // max(1, len(self._names))).bit_length() - 1)
        if self.room < _LEAST_ROOM:
            reason = f"{len(self._names)} undefined symbols, more symbols than fit into 2 GiB with the sections"
            raise rejection(file, reason, "pass the linked file")
        self.addresses = {name: base + self.room // 2 + self.room * slot for slot, name in enumerate(self._names)}

    def around(self, address: int) -> tuple[str, int] | None:
        """Return the symbol that an address belongs to, and the distance from it."""
        slot = (address - self._base) // self.room
        if not 0 <= slot < len(self._names):
            return None
        name = self._names[slot]
        return name, address - self.addresses[name]


@dataclass(frozen=True, slots=True)
class Linkage:
    """What one of several relocatable files gets from the program that they make.

    Args:
        got: address of the file's part of the global offset table.
        defined: address of what the program defines for all its files, by name.
        externals: what none of them defines.
    """

    got: int
    defined: Mapping[str, int]
    externals: Externals
