"""What a concrete run starts from: the function and its surroundings, and what the solver chose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import xor

import z3

from tdxprove import symbols
from tdxprove.entry import EntryState
from tdxprove.image import Image
from tdxprove.leaf import Leaf
from tdxprove.path import Place
from tdxprove.surroundings import Surroundings
from tdxprove.terms import evaluated


class ReplayError(Exception):
    """The run did not go as the solver said; the message names the first difference."""


@dataclass(frozen=True)
class Scenario:
    """What a replay needs besides the values: the code, its entry state, the rules for calls, the leaves by RAX."""

    image: Image
    address: int
    entry: EntryState
    surroundings: Surroundings
    watch: tuple[Place, ...]
    leaves: Mapping[str, tuple[Leaf, ...]]


@dataclass(frozen=True)
class Choices:
    """The values of symbols by name; what the solver left open is 0."""

    values: Mapping[str, int]

    def of(self, name: str) -> int:
        """The value of a symbol."""
        return self.values.get(name, 0)

    def answered(self, ordinal: int, register: str) -> int:
        """What the module answered: a path knows by one name only what it left in a register."""
        module = symbols.Origin.MODULE
        names = (symbols.answer(module, ordinal, register, asking) for asking in symbols.possible_askers())
        return next((self.values[name] for name in names if name in self.values), 0)

    def reported(self, instruction: str, count: int, register: str) -> int:
        """What an instruction like cpuid says: where several decided what it was asked, each has a part in that."""
        found = (v for name, v in self.values.items() if symbols.is_reported(name, instruction, count, register))
        return reduce(xor, found, 0)

    def number(self, term: z3.BitVecRef) -> int:
        """The value of a term."""
        return int(evaluated(term, self.values).as_long())

    @cached_property
    def words(self) -> tuple[tuple[str, int, int], ...]:
        """Memory: region, offset and value of every word that has one."""
        found = ((re.fullmatch(r"([^\[]*)\[(-?0x[0-9a-f]+)\]", name), value) for name, value in self.values.items())
        return tuple((word[1], int(word[2], 16), value) for word, value in found if word is not None)
