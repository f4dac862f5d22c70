"""What is wrong with a specification file, in words for its author: where it is no YAML, or breaks its schema."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from jsonschema import ValidationError

_KeyPath = tuple[str | int, ...]

_JSON_TYPES: Final = {dict: "a mapping", list: "a list", str: "text", bool: "a truth value", int: "an integer"}
_JSON_NAMES: Final = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "a truth value",
                      "integer": "an integer", "null": "null"}  # fmt: skip


def shown(value: object) -> str:
    """A value as messages show it: cut where it is long."""
    return reprlib.repr(value)


def yaml_problem(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Where a text stops being YAML, and what a person has to look for."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, int(error.position)) + 1
        return line, f"character {error.character:#04x}, expected none of the control characters"
    if not isinstance(error, yaml.MarkedYAMLError):
        return 1, " ".join(str(error).split())
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    line, problem = (mark.line + 1 if mark else 1), str(error.problem or error.context)
    if mark and _at(text, mark.line, mark.column) == "\t":
        return line, "a tab in front of the text, expected spaces"
    if problem == "could not find expected ':'" and begun:
        return begun.line + 1, "a key without a colon, expected 'key: value'"
    if problem == "did not find expected key":
        problem += ", expected one at the indentation of its neighbours"
    return line, problem + (f" (in what begins in line {begun.line + 1})" if begun and begun.line + 1 != line else "")


def _at(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    return lines[line][column : column + 1] if line < len(lines) else ""


def violation(error: ValidationError) -> tuple[_KeyPath, str]:
    """Where a schema violation is, and what is wrong in one line."""
    while error.context:
        alternatives = _alternatives(error)
        if alternatives is not None:
            return tuple(error.absolute_path), alternatives
        error = _meant(error)
    found: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    path: _KeyPath = tuple(error.absolute_path)
    if "propertyNames" in error.relative_schema_path:
        path = (*path, found)
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            extra = next(key for key in found if key not in known)
            return (*path, extra), f"unknown key, expected one of {', '.join(known)}"
        case "required":
            missing = next(key for key in wanted if key not in found)
            return path, f"key {missing} is missing, expected {', '.join(wanted)}"
        case "type":
            return path, f"{shown(found)} is {_JSON_TYPES.get(type(found), 'null')}, expected {_choices(error)}"
        case "enum" | "const":
            return path, f"{shown(found)} is not accepted, expected {_choices(error)}"
        case "pattern":
            expected = schema.get("expected", f"text that matches {wanted}")
            return path, f"{shown(found)} is not accepted, expected {expected}"
        case "dependentRequired":
            given, missing = next((k, m) for k, names in wanted.items() if k in found for m in names if m not in found)
            return path, f"key {given} stands alone, expected {missing} beside it"
        case "oneOf":  # none of them, or several, are there: alternatives that name a key each
            keys = [key for one in wanted for key in one.get("required", ())]
            problem = f"{' and '.join(key for key in keys if key in found) or 'none'} is there"
            return path, f"{problem}, expected exactly one of {', '.join(keys)}"
        case _:
            limit = _LIMITS.get(str(error.validator), f"{error.validator} {{}}").format(shown(wanted))
            return path, f"{shown(found)} is not accepted, expected {limit}"


_LIMITS: Final = {
    "minimum": "at least {}", "maximum": "at most {}", "minItems": "at least {} of them", "minLength": "some text",
    "minProperties": "at least {} of them", "maxProperties": "at most {} of them", "uniqueItems": "each once",
}  # fmt: skip


def _alternatives(error: ValidationError) -> str | None:
    """What to say where a value is of the wrong kind for every alternative, or where each only asks for a key."""
    wanted: Any = error.validator_value
    if all(set(one) == {"required"} for one in wanted):
        keys = [key for one in wanted for key in one["required"]]
        return f"none of these keys is there, expected exactly one of {', '.join(keys)}"
    kinds = {e.relative_schema_path[0]: e for e in error.context if _of_wrong_kind(e, error)}
    if len(kinds) < len(wanted):
        return None
    return f"{shown(error.instance)} is not accepted, expected {' or '.join(map(_choices, kinds.values()))}"


def _of_wrong_kind(one: ValidationError, error: ValidationError) -> bool:
    return one.validator in {"type", "enum", "const"} and one.absolute_path == error.absolute_path


def _choices(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    if error.validator == "type":
        return " or ".join(_JSON_NAMES.get(name, name) for name in ([wanted] if isinstance(wanted, str) else wanted))
    return ", ".join(map(str, wanted if error.validator == "enum" else [wanted]))


def _meant(error: ValidationError) -> ValidationError:
    """The error of the alternative that was meant: of the right kind, then of those the one that got furthest."""
    wrong = {e.relative_schema_path[0] for e in error.context if _of_wrong_kind(e, error)}
    meant = [e for e in error.context if e.relative_schema_path[0] not in wrong] or error.context
    # A misspelt key is also a missing one, as in a whole file.
    return max(meant, key=lambda e: (len(e.absolute_path), e.validator != "required"))
