"""The guest registers of VEX: an angr register plugin that knows every register at entry and invents none.

angr's own register memory fills what was never set with a fresh unknown, and passes every access through a stack of
layers made for symbolic addresses; a register's offset is always a constant.
"""

from __future__ import annotations

from typing import Any

import archinfo

from tdxprove.angr_api import Ast, SimStatePlugin
from tdxprove.bytewise import Bytes
from tdxprove.instructions import UnsupportedInstructionError

_ARCH = archinfo.ArchAMD64()


class RegisterFile(SimStatePlugin):  # type: ignore[misc]
    """The `registers` of a SimState: bytes at the offsets of VEX's guest state."""

    def __init__(self, content: Bytes | None = None) -> None:
        super().__init__()
        self.content = content if content is not None else Bytes()

    @SimStatePlugin.memo  # type: ignore[untyped-decorator]
    def copy(self, _memo: Any) -> RegisterFile:
        """Registers of their own for the other side of a branch."""
        return RegisterFile(self.content.copy())

    def load(self, where: str | Ast, size: int | None = None, **_: Any) -> Ast:
        """The value of a register: by name, or (VEX) by a constant offset and a size in bytes.

        Raises:
            UnsupportedInstructionError: a register that has no value at entry.
        """
        offset, width = _place(where)
        value = self.content.read(offset, size or width)
        if value is None:
            name = _ARCH.translate_register_name(offset, size or width)
            raise UnsupportedInstructionError(f"reads {name}, a register that is not modelled")
        return value

    def store(self, where: str | Ast, data: Ast, **_: Any) -> None:
        """Assign a register, by name or by offset; the width is that of the value."""
        self.content.write(_place(where)[0], data)


def _place(where: str | Ast) -> tuple[int, int]:
    """Offset and size of a register in VEX's guest state; the size is 0 where only the offset is known."""
    if isinstance(where, str):
        offset, size = _ARCH.registers[where]
        return int(offset), int(size)
    return int(where.args[0]), 0
