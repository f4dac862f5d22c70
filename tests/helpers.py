"""What several test modules need: object files from assembly text, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tdxprove import check
from tdxprove.errors import ImageError
from tdxprove.image import Image, load_images

ROOT: Final = Path(__file__).parents[1]
CASES: Final = ROOT / "tests" / "cases"
SEED: Final = ROOT / "wrappers" / "seed"

TDCALL: Final = ".byte 0x66, 0x0f, 0x01, 0xcc"
SEAMCALL: Final = ".byte 0x66, 0x0f, 0x01, 0xcf"


def compile_to(folder: Path, source: Path) -> Path:
    """The object file of an assembly source, in `folder`."""
    target = folder / f"{source.stem}.o"
    subprocess.run(["gcc", "-c", str(source), "-o", str(target)], check=True, capture_output=True, text=True)
    return target


def function(folder: Path, body: str, symbol: str = "my_vmcall", rest: str = "") -> Path:
    """An object file with one function of the given instructions, and what else the assembler is told."""
    source = folder / f"{symbol}.s"
    head = f".globl {symbol}\n.type {symbol}, @function\n{symbol}:\n"
    tail = f'\n.size {symbol}, . - {symbol}\n{rest}\n.section .note.GNU-stack, "", @progbits\n'
    source.write_text(head + body + tail)
    return compile_to(folder, source)


def words(*arguments: str | Path, python: str = sys.executable) -> list[str]:
    """The command line of `tdxprove`, from the source tree."""
    return [python, "-m", "tdxprove", *map(str, arguments)]


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which `words` finds the source tree."""
    kept = {name: value for name, value in os.environ.items() if name not in {"CC", "TDXPROVE_DEBUG"}}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **(changes or {})}


def run(
    command: Sequence[str], changes: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """The finished command, with what it wrote."""
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(changes), timeout=timeout, check=False
    )


def load(path: Path) -> Image:
    """A file that is one image."""
    (image,) = load_images(path)
    return image


def refusal(path: Path) -> str:
    """The message with which a file is refused, without its name."""
    with pytest.raises(ImageError) as caught:
        load_images(path)
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith(str(path))
    return message.removeprefix(f"{path}: ")


def patched(path: Path, offset: int, content: bytes) -> Path:
    """A copy with other bytes."""
    data = bytearray(path.read_bytes())
    data[offset : offset + len(content)] = content
    copy = path.with_name(f"patched{path.suffix}")
    copy.write_bytes(data)
    return copy


def prove_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove here, where a test can watch and measure, in place of in processes that end with what they know."""
    monkeypatch.setattr(check, "each_in_a_process", lambda work, tasks, _: [(task, work(task)) for task in tasks])
