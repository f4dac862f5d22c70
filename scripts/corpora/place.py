"""Where fetched and built files are kept, and how a script of this package ends when it can not go on."""

from __future__ import annotations

import os
import re
from pathlib import Path


class CorpusError(Exception):
    """A corpus can not be had; the message is one line that says why and what to do."""


def cache() -> Path:
    """The directory of everything that is fetched or built here: $XDG_CACHE_HOME/tdxprove, or ~/.cache/tdxprove."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tdxprove"


def version_of(name: str) -> tuple[int, ...]:
    """Numbers of a package or file name, for sorting: 6.12.9 comes before 6.12.10."""
    return tuple(map(int, re.findall(r"[0-9]+", name)))
