"""The entry state of a function as plain data: which register holds what, which memory may be touched.

Built from a contract, read by the executor (which makes it symbolic) and by the replay (which makes it concrete).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STACK_SIZE: Final = 128 << 10
"""Bytes of stack that a function may use where its convention states no other number: what firmware has at least
(UEFI Specification 2.10, section 2.3.4, x64 Platforms)."""

NULL_PAGES: Final = 1 << 16
"""Addresses below are offsets from a null pointer (Linux Documentation/admin-guide/sysctl/vm.rst, mmap_min_addr)."""

NO_STACK: Final = -STACK_SIZE
"""End of the stack of code that has none: nothing around RSP may be read or written."""


@dataclass(frozen=True)
class Field:
    """What one register or stack slot holds at entry.

    `name` is the symbol of the low `bits` bits; bits above, if any, are garbage of the caller's
    (psABI 3.2.3: the upper part of a narrow argument is not defined).
    """

    name: str
    bits: int = 64


@dataclass(frozen=True)
class Region:
    """Memory that a pointer argument points to.

    `base` is the symbol of the address; `extent` its length in bytes (None: not known, any offset is allowed).
    `optional`: the address may be 0, and then there is nothing there.
    """

    name: str
    base: str
    extent: int | None
    readable: bool
    writable: bool
    optional: bool = False


@dataclass(frozen=True)
class EntryState:
    """Registers (GPR name to content), stack arguments (offset from the entry RSP to content) and memory regions.

    `stack_arguments_end` and `stack_writable_end` are the first offsets above the entry RSP that the callee may no
    longer read and write. `globals_writable` says whether the image's variables and per-CPU data may be written,
    `stack_size` how many bytes of stack are there below the entry RSP.
    """

    registers: Mapping[str, Field]
    stack: Mapping[int, Field]
    regions: tuple[Region, ...]
    stack_arguments_end: int
    stack_writable_end: int
    globals_writable: bool
    stack_size: int = STACK_SIZE
