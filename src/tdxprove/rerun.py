"""The command by which a user judges one function of a report again."""

from __future__ import annotations

import glob
import shlex
from collections.abc import Sequence
from pathlib import Path

from tdxprove.output import shown


def rerun_command(files: Sequence[str], symbol: str, contract: str, options: Sequence[str] = ()) -> str:
    """The command that proves this one function again, with all files of its program."""
    words = ["tdxprove", "prove", *dict.fromkeys(map(_containing, files)), "--symbol", glob.escape(symbol)]
    if contract != "generic" and "--contracts" not in options:
        words += ["--contracts", contract]
    return shown(shlex.join([*words, *options]))


def _containing(name: str) -> str:
    """The file of what may be called `file(member)`."""
    before = [name[:at] for at, character in enumerate(name) if character == "("] if name.endswith(")") else []
    return next((file for file in (name, *before) if Path(file).is_file()), (before or [name])[0])
