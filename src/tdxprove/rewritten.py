"""A place in the code of the Linux kernel that it may rewrite, and all that may stand there then.

Which variant of an instruction runs depends on bits of the system, each of them one symbol for the whole proof: whether
alternatives are applied yet, whether the CPU has a feature, whether a static key is enabled. So all variants are
followed, and two places that hang on the same bit agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """What runs when each named bit has its value: the code at `target`, or the bytes of the file (None)."""

    when: Mapping[str, int]
    target: int | None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A place in the code and everything that may stand there; `kind` is for people."""

    kind: str
    variants: tuple[Variant, ...]

    def chosen(self, values: Mapping[str, int]) -> int | None:
        """The code that runs when the bits of the system have these values (0 where none is given)."""
        for variant in self.variants:
            if all(values.get(name, 0) == value for name, value in variant.when.items()):
                return variant.target
        return None
