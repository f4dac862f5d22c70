"""YAML of which nothing is guessed, as plain data with line numbers.

A plain scalar that YAML 1.1 turns into something surprising (`yes`, `1.0`, `12:30`, `010`), a duplicate key, an anchor,
an alias, a tag or a second document is an error with file and line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tdxprove.errors import SpecError
from tdxprove.violations import shown, yaml_problem

KeyPath = tuple[str | int, ...]

MAX_DEPTH: Final = 32
"""Deepest nesting that is accepted."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: Final[Mapping[str, list[tuple[str, re.Pattern[str]]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,19})|0x(?=[0-9a-fA-F])[0-9a-fA-F_]{1,40}")
_PLAIN_WORDS: Final = {"true": True, "false": False, "null": None}


def format_keypath(keypath: KeyPath) -> str:
    """`entries."Instruction.CPUID".source[0]`: the key path as messages show it."""
    shown = ""
    for key in keypath:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            shown += "." * bool(shown) + (key if re.fullmatch(r"[\w-]+", key) else json.dumps(key, ensure_ascii=False))
    return shown or "top level"


def parsed(path: Path, text: str) -> tuple[Any, Mapping[KeyPath, int]]:
    """The data of a file, and in which line (from 1) each part of it stands.

    Raises:
        SpecError: it is not the YAML that is accepted here.
    """
    builder = _Builder(path)
    try:
        data = builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error, text)
        raise SpecError(f"{path}:{line}: not valid YAML: {problem}") from None
    return data, builder.lines


class _Builder:
    """Plain data and line numbers from parse events.

    Events rather than `yaml.compose`: a composed tree no longer shows anchors, and composing an over-deep file recurses
    without bound before anything can be checked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}

    def document(self, events: Iterator[Any]) -> Any:
        next(events)  # start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            raise SpecError(f"{self.path}:1: the file is empty, expected a mapping")
        data = self._node(next(events), events, ())
        next(events)  # end of the document
        following = next(events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._error(following, (), "a second document, expected one document in a file")
        return data

    def _error(self, event: Any, path: KeyPath, problem: str) -> SpecError:
        return SpecError(f"{self.path}:{event.start_mark.line + 1}: {format_keypath(path)}: {problem}")

    def _refuse(self, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            problem = f"anchors and aliases (here {event.anchor}) are not accepted, expected the value (quote * and &)"
            raise self._error(event, path, problem)
        if event.tag is not None:
            raise self._error(event, path, f"tags (here {event.tag}) are not accepted, expected the plain value")
        if len(path) > MAX_DEPTH:
            raise self._error(event, path[:3], f"nested too deep, expected at most {MAX_DEPTH} levels")

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> Any:
        self._refuse(event, path)
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._mapping(events, path) if isinstance(event, yaml.MappingStartEvent) else self._list(events, path)

    def _list(self, events: Iterator[Any], path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._refuse(event, path)
            key = self._scalar(event, path) if isinstance(event, yaml.ScalarEvent) else None
            if not isinstance(key, str):
                raise self._error(event, path, f"key {shown(key)} is not text, expected a name (quote it)")
            if key in items:
                first = self.lines[*path, key]
                raise self._error(event, (*path, key), f"duplicate key, expected it once (first in line {first})")
            self.lines[*path, key] = event.start_mark.line + 1
            items[key] = self._node(next(events), events, (*path, key))
        return items

    def _scalar(self, event: Any, path: KeyPath) -> str | int | bool | None:
        value: str = event.value
        resolvers = _RESOLVERS.get(value[:1], ()) if event.implicit[0] else ()  # quoted text is text
        if not any(pattern.match(value) for _, pattern in resolvers):
            return value
        if _INTEGER.fullmatch(value):
            return int(value.replace("_", ""), 0)
        if value in _PLAIN_WORDS:
            return _PLAIN_WORDS[value]
        if not value:
            problem = "no value stands here, expected one (a name or value with [ ] { } , : or # in it needs quotes)"
            raise self._error(event, path, problem)
        expected = "quotes around text; integers are decimal or 0x..., truth values true or false"
        raise self._error(event, path, f"plain {value!r} is ambiguous in YAML, expected {expected}")
