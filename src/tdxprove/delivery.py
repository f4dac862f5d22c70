"""Hands results over: to standard output or to a file, in the form and colour that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tdxprove.output import complain, shown, stdout_width, wants_colour, write, write_file

if TYPE_CHECKING:
    from tdxprove.page import Page
    from tdxprove.report import Report


def page_for(color: str) -> Page:
    """An empty page for standard output."""
    from tdxprove.page import Page

    return Page(wants_colour(color), stdout_width())


def write_report(
    report: Report, form: str, output: Path | None, verbose: bool, color: str, options: Sequence[str]
) -> None:
    """The report to standard output or to a file; the verdict to standard error where people would not see it."""
    from tdxprove.page import Page
    from tdxprove.report_json import render_json
    from tdxprove.report_text import render_text, summary_line

    if form == "json":
        text = render_json(report)
    else:
        text = render_text(report, Page() if output is not None else page_for(color), verbose, options)
    if output is not None:
        write_file(output, text)
    else:
        write(text)
    if output is not None or form == "json":
        words = "".join(part if isinstance(part, str) else part[0] for part in summary_line(report))
        where = "" if output is None else f"; report in {shown(output)}"
        complain(f"{words}{where}")
