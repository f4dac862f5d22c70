"""Calling conventions: where arguments and results live, what a function must give back unchanged.

The facts stand in `specs/conventions/*.yaml`; a contract may also state a convention of its own.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from tdxprove.entry import STACK_SIZE
from tdxprove.errors import SpecError
from tdxprove.registers import FLAGS, GPRS, XMMS
from tdxprove.specfile import load_spec, specs_root


@dataclass(frozen=True)
class Convention:
    """A calling convention.

    Args:
        arguments: registers of the first arguments, in order; further ones are 8-byte slots on the stack.
        preserves: registers and flags that a function returns with their values at entry.
        results: registers that carry results.
        stack_arguments: offset of the first stack argument from the entry RSP (8, 40 with a shadow space, 0 without a
            return address on the stack).
        stack_alignment: RSP + 8 is a multiple of this at entry.
        return_address: the register that holds it; None if it is on the stack.
        stack: whether RSP points to memory at all; without, it is a register like any other.
        stack_size: bytes of stack that a function and all that it calls may use.
    """

    name: str
    arguments: tuple[str, ...]
    preserves: tuple[str, ...]
    results: tuple[str, ...]
    stack_arguments: int
    stack_alignment: int
    source: tuple[str, ...]
    return_address: str | None = None
    stack: bool = True
    stack_size: int = STACK_SIZE

    @property
    def volatile(self) -> tuple[str, ...]:
        """Registers that a call may change."""
        return tuple(r for r in (*GPRS, *XMMS) if r not in self.preserves)

    @property
    def volatile_gprs(self) -> tuple[str, ...]:
        """General-purpose registers that a call may change and that carry no result."""
        return tuple(r for r in GPRS if r not in self.preserves and r not in self.results)


def conventions() -> tuple[str, ...]:
    """Names of the calling conventions that come with the program."""
    return tuple(sorted(path.stem for path in (specs_root() / "conventions").glob("*.yaml")))


@functools.cache
def load_convention(name: str) -> Convention:
    """The bundled convention `sysv` or `ms`.

    Raises:
        SpecError: there is none of that name, or its file is not valid.
    """
    path = specs_root() / "conventions" / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
        raise SpecError(f"no calling convention {name!r}, expected one of {known}")
    return convention_from(name, load_spec(path, "convention").data)


def convention_from(name: str, data: dict[str, Any]) -> Convention:
    """A convention from the mapping of a file or of a contract (already checked against its schema)."""
    ordered = (*GPRS, *XMMS, *FLAGS)
    return Convention(
        name=name,
        arguments=tuple(data["arguments"]),
        preserves=tuple(sorted(data["preserves"], key=ordered.index)),
        results=tuple(data.get("results", ("rax",))),
        stack_arguments=data.get("stack_arguments", 0 if "return_address" in data else 8),
        stack_alignment=data.get("stack_alignment", 8 if data.get("stack", True) else 1),
        source=tuple(data.get("source", ())),
        return_address=data.get("return_address"),
        stack=data.get("stack", True),
        stack_size=data.get("stack_size", STACK_SIZE),
    )
