"""Strict reading of specification files: YAML with line numbers, checked against a JSON Schema.

Strict means: nothing is guessed. A plain scalar that YAML 1.1 turns into something surprising (`yes`, `1.0`, `12:30`,
`010`), a duplicate key, an anchor, an alias, a tag or a second document is an error with file and line.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from tdxprove.errors import SpecError
from tdxprove.violations import shown, violation, yaml_problem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

KeyPath = tuple[str | int, ...]

MAX_BYTES: Final = 4 << 20
"""Largest file that is read: far above any real specification."""
MAX_DEPTH: Final = 32
"""Deepest nesting that is accepted."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS: Final[Mapping[str, list[tuple[str, re.Pattern[str]]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,19})|0x(?=[0-9a-fA-F])[0-9a-fA-F_]{1,40}")
_PLAIN_WORDS: Final = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class SpecDocument:
    """One specification file that has passed its schema: the data, and where each part of it stands."""

    path: Path
    data: Any
    _lines: Mapping[KeyPath, int] = field(repr=False)

    def line_of(self, keypath: KeyPath) -> int:
        """Line (from 1) of the key or list item at `keypath`, or of the nearest part above it that the file has."""
        while keypath and keypath not in self._lines:
            keypath = keypath[:-1]
        return self._lines.get(keypath, 1)

    def error(self, keypath: KeyPath, problem: str) -> SpecError:
        """The error to raise for a problem with what stands at `keypath`."""
        return SpecError(f"{self.path}:{self.line_of(keypath)}: {format_keypath(keypath)}: {problem}")


def format_keypath(keypath: KeyPath) -> str:
    """`entries."Instruction.CPUID".source[0]`: the key path as messages show it."""
    shown = ""
    for key in keypath:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            shown += "." * bool(shown) + (key if re.fullmatch(r"[\w-]+", key) else json.dumps(key, ensure_ascii=False))
    return shown or "top level"


def specs_root() -> Path:
    """Directory of the bundled specifications: inside the installed package, else in the source tree."""
    inside = Path(__file__).parent / "specs"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "specs"


def load_spec(path: Path, schema: str) -> SpecDocument:
    """Read the specification file `path` and check it against `specs/schema/<schema>.schema.json`.

    Raises:
        SpecError: the file cannot be read, is not the YAML that is accepted here, or breaks the schema.
    """
    builder = _Builder(path)
    text = _read(path)
    try:
        data = builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        line, problem = yaml_problem(error, text)
        raise SpecError(f"{path}:{line}: not valid YAML: {problem}") from None
    document = SpecDocument(path, data, builder.lines)
    # A misspelt key is also a missing one: what stands in the file comes first.
    problems = [(error.validator == "required", *violation(error)) for error in _validator(schema).iter_errors(data)]
    if problems:
        _, keypath, problem = min(problems, key=lambda found: (found[0], document.line_of(found[1])))
        raise document.error(keypath, problem)
    return document


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError(f"{path}: cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise SpecError(f"{path}: larger than {MAX_BYTES} bytes, expected a specification file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SpecError(f"{path}:{line}: byte {content[error.start]:#04x} is not UTF-8, expected UTF-8 text") from None


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


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    # Imported here: it takes longer than reading the files, and not every command reads one.
    from jsonschema import Draft202012Validator

    path = specs_root() / "schema" / f"{schema}.schema.json"
    return Draft202012Validator(json.loads(_read(path)))
