"""Statements that differ only in what they speak of, as one: a list that is read in place of scrolled through."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

_SUBJECT_WITHIN = 4
"""Words at the beginning of a statement, one of which is what it speaks of: `the WARN at handle_mmio+0x1fa ...`."""

_Form = tuple[str, str]
"""What a statement says before and behind its subject."""


def folded(statements: Sequence[str]) -> list[str]:
    """The statements in their order, those of one form as one, where the first of them stood; no name is lost.

    `f does not return` and `g does not return` are `each of f and g does not return`.
    """
    common = Counter(form for statement in statements for form, _ in _readings(statement))
    subjects: dict[_Form, list[str]] = defaultdict(list)
    for statement in statements:
        form, subject = max(_readings(statement), key=lambda reading: common[reading[0]], default=((statement, ""), ""))
        if common[form] < 2:
            form, subject = (statement, ""), ""
        subjects[form].append(subject)
    return [f"{before}{_each(names)}{behind}" for (before, behind), names in subjects.items()]


def _readings(statement: str) -> Iterator[tuple[_Form, str]]:
    """Every way to take one of the first words as the subject; a number is none."""
    words = statement.split(" ")
    for place, word in enumerate(words[:_SUBJECT_WITHIN]):
        subject = word.rstrip(",:")
        if subject and not subject[0].isdigit():
            before = "".join(f"{one} " for one in words[:place])
            yield (before, " ".join((word[len(subject) :], *words[place + 1 :]))), subject


def _each(subjects: Sequence[str]) -> str:
    *most, last = subjects
    return f"each of {', '.join(most)} and {last}" if most else last
