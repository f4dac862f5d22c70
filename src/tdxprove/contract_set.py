"""A set of contracts: those of one file, and the files that it is meant for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tdxprove.contract import Contract, Vouched
from tdxprove.specfile import specs_root


@dataclass(frozen=True)
class Matching:
    """Which files a set is meant for, when the user names none.

    `banners`: how the string at the symbol linux_banner begins in them; without any, files that have no linux_banner.
    `only_named`: why the set is never chosen by itself, None if it is.
    """

    banners: tuple[str, ...] = ()
    only_named: str | None = None


@dataclass(frozen=True)
class ContractSet:
    """All contracts of one file, by symbol."""

    name: str
    title: str
    path: Path
    contracts: Mapping[str, Contract]
    vouched: Vouched
    convention: str | None = None
    """The calling convention of functions without a contract in the files that the set is for."""

    matching: Matching = Matching()

    def matches(self, address_of: Callable[[str], int | None], read: Callable[[int, int], bytes | None]) -> bool:
        """Is this set meant for the file? Asked only when the user named no set."""
        if self.matching.only_named is not None:
            return False
        at = address_of("linux_banner")
        if at is None:
            return not self.matching.banners
        return any(read(at, len(banner)) == banner.encode() for banner in self.matching.banners)


def bundled_sets() -> tuple[str, ...]:
    """Names of the contract sets that come with the program."""
    return tuple(sorted(path.stem for path in (specs_root() / "contracts").glob("*.yaml")))


def bundled(name: str) -> Path:
    """The file of a bundled set."""
    return specs_root() / "contracts" / f"{name}.yaml"
