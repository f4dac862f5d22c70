"""A set of contracts: those of one file, and the files that it is meant for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tdxprove.contract import Contract
from tdxprove.specfile import specs_root
from tdxprove.vouched import Vouched

_BANNER: Final = "Linux version "
"""Linux init/version-timestamp.c: linux_banner."""
_LONGEST: Final = 64
"""Bytes of a banner that are looked at, fewer where it stands at the end of what can be read."""


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

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of Linux that the set is meant for, as banners begin: `6.12`."""
        return tuple(dict.fromkeys(b.removeprefix(_BANNER).rstrip(".-") for b in self.matching.banners))

    def matches(self, address_of: Callable[[str], int | None], read: Callable[[int, int], bytes | None]) -> bool:
        """Is this set meant for the file? Asked only when the user named no set."""
        if self.matching.only_named is not None:
            return False
        at = address_of("linux_banner")
        if at is None:
            return not self.matching.banners
        return any(read(at, len(banner)) == banner.encode() for banner in self.matching.banners)


def linux_version(address_of: Callable[[str], int | None], read: Callable[[int, int], bytes | None]) -> str | None:
    """The version that the string at linux_banner states, None without one; what is no version counts up to a space."""
    at = address_of("linux_banner")
    if at is None:
        return None
    content = next((found for size in range(_LONGEST, 0, -1) if (found := read(at, size)) is not None), b"")
    text = content.partition(b"\0")[0].decode("ascii", "replace").removeprefix(_BANNER)
    return text.partition(" ")[0] or "without a version"


def bundled_sets() -> tuple[str, ...]:
    """Names of the contract sets that come with the program."""
    return tuple(sorted(path.stem for path in (specs_root() / "contracts").glob("*.yaml")))


def bundled(name: str) -> Path:
    """The file of a bundled set."""
    return specs_root() / "contracts" / f"{name}.yaml"
