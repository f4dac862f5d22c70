"""Specification files: strict YAML, checked against a JSON Schema."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tdxprove.errors import SpecError
from tdxprove.strict_yaml import KeyPath, format_keypath, parsed
from tdxprove.violations import violation

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["KeyPath", "SpecDocument", "digest", "load_spec", "specs_root"]

MAX_BYTES: Final = 4 << 20
"""Largest file that is read: far above any real specification."""


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


def specs_root() -> Path:
    """Directory of the bundled specifications: inside the installed package, else in the source tree."""
    inside = Path(__file__).parent / "specs"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "specs"


def load_spec(path: Path, schema: str, *, again: bool = False) -> SpecDocument:
    """Read the specification file `path` and check it against `specs/schema/<schema>.schema.json`.

    A bundled file that has passed is not checked another time, unless `again`.

    Raises:
        SpecError: the file cannot be read, is not the YAML that is accepted here, or breaks the schema.
    """
    content = _read(path)
    document = SpecDocument(path, *parsed(path, _text(path, content)))
    if again or digest(content, schema) not in _passed():
        _check(document, schema)
    return document


def _check(document: SpecDocument, schema: str) -> None:
    # A misspelt key is also a missing one: what stands in the file comes first.
    errors = _validator(schema).iter_errors(document.data)
    problems = [(error.validator == "required", *violation(error)) for error in errors]
    if problems:
        _, keypath, problem = min(problems, key=lambda found: (found[0], document.line_of(found[1])))
        raise document.error(keypath, problem)


def digest(content: bytes, schema: str) -> str:
    """What tells these bytes, checked against this schema as it is now, from all others."""
    return hashlib.sha256(_schema(schema) + b"\0" + content).hexdigest()


@functools.cache
def _passed() -> frozenset[str]:
    """Digests of the bundled files that have passed their schemas: checking takes several times as long as reading.

    `make specs` writes the list and a test repeats the checks. A file that is not on it, or is no longer as it was, or
    whose schema is not, is checked like one of the user's.
    """
    try:
        return frozenset(json.loads((specs_root() / "schema" / "checked.json").read_bytes()).values())
    except (OSError, ValueError, AttributeError, TypeError):
        return frozenset()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SpecError(f"{path}: cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise SpecError(f"{path}: larger than {MAX_BYTES} bytes, expected a specification file")
    return content


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SpecError(f"{path}:{line}: byte {content[error.start]:#04x} is not UTF-8, expected UTF-8 text") from None


@functools.cache
def _schema(schema: str) -> bytes:
    return _read(specs_root() / "schema" / f"{schema}.schema.json")


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    # Imported here: it takes longer than reading the files, and few commands read one that must be checked.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(_schema(schema)))
