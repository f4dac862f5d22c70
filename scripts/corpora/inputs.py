"""What a corpus hands over to be proved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Input:
    """One file, and those that are given with it to make a program.

    `corpus` is where it comes from and `name` which file of that it is, both for people; `contracts` are the sets to
    judge it by, none for those that match the file; `callers` how many levels of callers are proved too, None for what
    `tdxprove prove` does unasked.
    """

    corpus: str
    name: str
    path: Path
    contracts: tuple[str, ...] = ()
    callers: int | None = None
    beside: tuple[Path, ...] = ()
