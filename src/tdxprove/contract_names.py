"""Names in the expressions of a contract file: each is checked where it stands, before anything runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from tdxprove.contract import Argument, Contract, Definition
from tdxprove.expression import Expression, ExpressionError, parse, shown
from tdxprove.registers import GPRS
from tdxprove.specfile import KeyPath, SpecDocument

_BUILTINS: Final = {"low": 2}
_PLACES: Final = frozenset({*GPRS, "eax", "al"})


class Moment(IntEnum):
    """When an expression is evaluated, and so which registers it may name."""

    ENTRY = 0
    AFTER_CALL = 1  # call.r10
    BETWEEN_CALLS = 2  # call.r10, and sent.r12 of the same call


@dataclass(frozen=True)
class Names:
    """What expressions of one contract may refer to.

    Args:
        document: the file, for the place of errors.
        definitions: formulas of the contract set.
        arguments: of the function, by name.
        parameters: of the definition that is being read.
    """

    document: SpecDocument
    definitions: Mapping[str, Definition]
    arguments: Mapping[str, Argument]
    parameters: frozenset[str] = frozenset()

    def among(self, arguments: Mapping[str, Argument]) -> Names:
        """The same set, seen from a function with these arguments."""
        return replace(self, arguments=arguments)

    def value(self, key: KeyPath, text: str | int, moment: Moment = Moment.ENTRY) -> Expression:
        """A number.

        Raises:
            SpecError: no such expression, a name that means nothing here, or a condition.
        """
        return self._checked(key, text, moment, condition=False)

    def condition(self, key: KeyPath, text: str | int, moment: Moment = Moment.ENTRY) -> Expression:
        """A truth value.

        Raises:
            SpecError: as `value`, but for a number.
        """
        return self._checked(key, text, moment, condition=True)

    def place(self, key: KeyPath, text: str) -> Expression:
        """A place: a register, an array element or a struct field.

        Raises:
            SpecError: it is none of them.
        """
        place = self._parsed(key, text)
        if place.text in _PLACES:
            return place
        tree = place.tree
        owner = (
            tree.value.id
            if isinstance(tree, ast.Attribute | ast.Subscript) and isinstance(tree.value, ast.Name)
            else ""
        )
        if owner in {"", "call", "sent", "data"}:
            raise self.document.error(
                key, f"{shown(place.text)} is not a place, expected a register, gpa[0] or args.r10"
            )
        self._check_names(key, place, Moment.AFTER_CALL)
        to = self.arguments[owner].pointee
        if to is not None and not to.writable:
            problem = (
                f"{shown(place.text)}: what {owner} points to may only be read, expected access: write or read-write"
            )
            raise self.document.error(key, problem)
        return place

    def _checked(self, key: KeyPath, text: str | int, moment: Moment, condition: bool) -> Expression:
        expression = self._parsed(key, text)
        self._check_names(key, expression, moment)
        if expression.is_condition != condition:
            found, wanted = ("a value", "a condition") if condition else ("a condition", "a value")
            raise self.document.error(key, f"{shown(expression.text)} is {found}, expected {wanted}")
        return expression

    def _parsed(self, key: KeyPath, text: str | int) -> Expression:
        try:
            return parse(text)
        except ExpressionError as error:
            raise self.document.error(key, str(error)) from None

    def _check_names(self, key: KeyPath, expression: Expression, moment: Moment) -> None:
        problems = [self._unknown(kind, name, moment) for kind, name in expression.names()]
        problems += [self._wrong_values(name, values) for name, values in expression.calls()]
        problems += self._beyond(expression)
        for problem in problems:
            if problem is not None:
                raise self.document.error(key, f"{shown(expression.text)}: {problem}")

    def _unknown(self, kind: str, name: str, moment: Moment) -> str | None:
        if kind == "call":
            defined = ", ".join([*self.definitions, *_BUILTINS])
            known = name in self.definitions or name in _BUILTINS
            return None if known else f"no definition {name} in this file, expected one of {defined}"
        base, _, part = name.partition(".")
        if kind == "field" and base == "data":
            return None
        if kind == "field" and base in {"call", "sent"}:
            return _unknown_register(base, part, moment)
        if kind == "value" and name in self.parameters:
            return None
        argument = self.arguments.get(base)
        if argument is None:
            what = "a parameter" if self.parameters else "an argument"
            return f"{base} is not {what}, expected one of {', '.join(self.parameters or self.arguments) or 'none'}"
        if kind == "field" and (argument.pointee is None or part not in argument.pointee.fields):
            fields = ", ".join(argument.pointee.fields) if argument.pointee is not None else ""
            return f"{base} has no field {part}, expected {f'one of {fields}' if fields else 'a pointer to a struct'}"
        if kind == "memory" and argument.pointee is None:
            return f"{base} is not a pointer, expected points_to where it is declared"
        return None

    def _wrong_values(self, name: str, values: list[ast.expr]) -> str | None:
        if name == "low":
            bits = values[1] if len(values) == 2 else None
            fine = isinstance(bits, ast.Constant) and bits.value in (8, 16, 32)
            return None if fine else "low has other values, expected one and its bits, 8, 16 or 32"
        definition = self.definitions.get(name)
        if definition is None or len(values) == len(definition.parameters):
            return None
        count = len(definition.parameters)
        plural = "s" if count != 1 else ""
        return f"{name} takes {count} value{plural}, expected as many, found {len(values)}"

    def _beyond(self, expression: Expression) -> Iterator[str]:
        """Array elements that the declared extent does not have."""
        for node in ast.walk(expression.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                owner = ast.unparse(node.value)
                argument = self.arguments.get(owner)
                if argument is not None and argument.pointee is not None:
                    count = (argument.pointee.extent or 0) // argument.pointee.element
                    if not 0 <= int(str(node.slice.value)) < count:
                        yield f"{owner} has {count} elements, expected a number below that"


def _unknown_register(base: str, register: str, moment: Moment) -> str | None:
    """`call` is the call that was made, `sent` the registers that it was made with."""
    if register not in ({*GPRS, "trap"} if base == "call" else GPRS):
        return f"{register} is not a register, expected one of {', '.join(GPRS)}"
    if moment is Moment.ENTRY:
        return "there is no call yet where this is evaluated, expected arguments, what they point to, or data"
    if base == "sent" and moment is not Moment.BETWEEN_CALLS:
        return "sent has a meaning under repeat only, expected call"
    return None


def used_definitions(contract: Contract) -> list[str]:
    """Definitions that the contract speaks of, and those that these rest on, in the order of their file."""
    expressions = [e for e, _ in contract.requires]
    expressions += [*(contract.returns or {}).values(), *contract.otherwise.values()]
    expressions += [c.condition for c in contract.flags.values() if c.condition is not None]
    if contract.call is not None:
        call = contract.call
        expressions += [*call.inputs.values(), *call.failure.vmfail.values(), *call.failure.fault.values()]
        expressions += [to.when for to in call.outputs.values() if to.when is not None]
        expressions += [e for e in (call.leaf, call.when) if e is not None]
        if call.repeat is not None:
            expressions += [*call.repeat.inputs.values(), *([call.repeat.condition] if call.repeat.condition else [])]
    used: set[str] = set()
    while expressions:
        named = {name for name, _ in expressions.pop().calls() if name in contract.definitions} - used
        used |= named
        expressions += [contract.definitions[name].value for name in named]
    return [name for name in contract.definitions if name in used]
