"""A page of text for people: lines, paragraphs and tables, wrapped at the width of the terminal or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from tdxprove.output import shown

Part = str | tuple[str, str]
"""A piece of a line: plain text, or text and its style (`bold red`)."""


class Page:
    """Collects lines and renders them.

    Words are never broken, so that every identifier can be searched for and copied.

    Args:
        colour: with terminal colours.
        width: where to wrap; None: nowhere.
    """

    def __init__(self, colour: bool = False, width: int | None = None) -> None:
        self.width = width
        self._console = Console(
            file=io.StringIO(), force_terminal=colour, no_color=not colour, color_system="standard" if colour else None,
            width=width or 100, highlight=False, markup=False, emoji=False, legacy_windows=False,
        )  # fmt: skip

    @property
    def text(self) -> str:
        """All that was put on the page."""
        stream = self._console.file
        assert isinstance(stream, io.StringIO)
        return stream.getvalue()

    def line(self, *parts: Part, indent: int = 0, hang: int = 2) -> None:
        """One line; when it is too long for the page, what follows is indented by `hang` more."""
        text = Text(overflow="ignore")
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(shown(words), style)
        if self.width is None:
            self._print(text, indent)
            return
        room = max(20, self.width - indent)
        for number, piece in enumerate(_wrapped(self._console, text, room, hang)):
            self._print(piece, indent + (hang if number else 0))

    def verbatim(self, text: str, indent: int = 0, style: str = "") -> None:
        """Lines that are never wrapped: code, and commands to copy."""
        for line in text.splitlines():
            self._print(Text(line.expandtabs(8) if line.isprintable() else shown(line.expandtabs(8)), style), indent)

    def blank(self) -> None:
        """An empty line."""
        self._print(Text(), 0)

    def table(self, rows: Sequence[Sequence[Part]], indent: int = 0, hang: int | None = None) -> None:
        """Columns as wide as their longest cell; only the last one wraps."""
        columns = max((len(row) for row in rows), default=0)
        cells = [[shown(_words(cell)) for cell in row] for row in rows]
        wide = [max(len(row[c]) for row in cells if len(row) > c) for c in range(columns)]
        for row, plain in zip(rows, cells, strict=True):
            parts: list[Part] = []
            for column, (cell, words) in enumerate(zip(row, plain, strict=True)):
                last = column == len(row) - 1
                padded = words if last else words.ljust(wide[column] + 2)
                parts.append(padded if isinstance(cell, str) else (padded, cell[1]))
            below = sum(wide[: len(row) - 1]) + 2 * (len(row) - 1)
            self.line(*parts, indent=indent, hang=below if hang is None else hang)

    def _print(self, text: Text, indent: int) -> None:
        text.rstrip()
        line = Text(" " * indent if text.plain else "").append_text(text)
        self._console.print(line, soft_wrap=True, crop=False)


def _words(part: Part) -> str:
    return part if isinstance(part, str) else part[0]


def _wrapped(console: Console, text: Text, room: int, hang: int) -> list[Text]:
    """The first line has the whole room, those below it less."""
    if text.cell_len <= room:
        return [text]
    first = text.wrap(console, room)[0]
    rest = text[len(first.plain) :]
    rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
    rest.overflow = "ignore"
    return [first, *rest.wrap(console, max(20, room - hang))] if rest.plain else [first]
