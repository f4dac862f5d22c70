"""The contract of a function that nobody described: what holds for every wrapper of a calling convention.

Arguments are public, what they point to is an object of the caller's of unknown extent; everything else at entry is
secret. Obligations that need a declared call do not apply.
"""

from __future__ import annotations

from typing import Final

from tdxprove.contract import Argument, Contract, Pointee
from tdxprove.convention import Convention
from tdxprove.vouched import Vouched

GENERIC: Final = "generic"
_STACK_ARGUMENTS: Final = 4
"""Stack slots above the return address that count as arguments: functions with up to ten arguments."""

_ASSUMPTION: Final = (
    "has no contract: its arguments are public, and what a pointer argument points to is an object of the caller's, of "
    "unknown extent, that overlaps no other"
)

_ALLOWED_TO_CALLERS: Final = frozenset({"if"})
"""What wrappers preserve beyond the psABI and their callers need not: an idle loop may enable interrupts."""

_OBJECT = Pointee(extent=None, element=8, fields={}, readable=True, writable=True)


def generic_contract(
    symbol: str,
    convention: Convention,
    noreturn: frozenset[str],
    vouched: Vouched | None = None,
    *,
    wraps: bool = True,
) -> Contract:
    """The generic contract of `convention` for the function `symbol`, and what contract sets vouch for around it.

    `wraps` says that it holds a TDX instruction. What only calls one that does may change what no calling convention
    knows of, and may be one of those that never return.
    """
    registers = tuple(Argument(register, 64, _OBJECT) for register in convention.arguments)
    stack = tuple(Argument(f"stack_argument_{n}", 64, _OBJECT) for n in range(_STACK_ARGUMENTS))
    return Contract(
        set=GENERIC,
        symbol=symbol,
        prototype="",
        convention=convention,
        arguments=registers + stack,
        call=None,
        returns={},
        scrubs=(),
        requires=(),
        changes=frozenset() if wraps else _ALLOWED_TO_CALLERS,
        may_not_return=not wraps,
        may_write=(),
        definitions={},
        noreturn=noreturn,
        vouched=vouched or Vouched(),
        assumptions=(f"{symbol} {_ASSUMPTION}",),
        source=(),
    )
