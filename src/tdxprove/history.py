"""What was written where it may be read again under another name, as far as the names of later reads depend on it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from tdxprove import symbols
from tdxprove.address import UnresolvedAddressError
from tdxprove.symbols import Origin


@dataclass
class History:
    """The writes of one path to memory that is not its stack."""

    digest: int = 0
    """Of what was written where pointers may lead: the same only for the same writes."""

    stored: set[Origin] = field(default_factory=set)
    """Whose values have been written where pointers may lead: NOBODY for a secret, VMM."""

    writes: int = 0
    """How many of them the code under proof has made itself, or the module for it."""

    def copy(self) -> History:
        """A history of its own for the other side of a branch."""
        return History(self.digest, set(self.stored), self.writes)

    def write(self, *what: Any) -> None:
        """Record what the code under proof, or the module for it, has written."""
        self.writes += 1
        self.record(*what)

    def record(self, *what: Any) -> None:
        """Make the names of what is read from here on others than after other writes."""
        self.digest = self.after(*what)

    def after(self, *what: Any) -> int:
        """What the digest would be if this were recorded."""
        text = " ".join(str(one.hash()) if hasattr(one, "hash") else str(one) for one in what)
        return zlib.crc32(text.encode(), self.digest)

    def decide(self, what: Any) -> None:
        """Whoever chose `what` has a part in what was written: it was written, or decided where."""
        self.stored |= symbols.taint(what.variables)

    def kind(self) -> str:
        """How the names of memory that may have changed begin: it may be what was written there before.

        Raises:
            UnresolvedAddressError: secrets and answers of the VMM have been written, and a name has one origin.
        """
        if len(self.stored) > 1:
            raise UnresolvedAddressError("memory may hold a secret or what the VMM chose: nobody knows which")
        return "".join(f"{origin.value}." for origin in self.stored)
