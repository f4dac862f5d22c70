"""From a contract file to contracts: every error with file, line and key, every name checked before anything runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tdxprove.catalogue import Leaf, load_catalogue
from tdxprove.contract import NORETURN, Argument, CallSpec, Contract, Definition, Destination, Failure, Pointee
from tdxprove.convention import Convention, convention_from, load_convention
from tdxprove.errors import SpecError
from tdxprove.expression import Expression, ExpressionError, parse
from tdxprove.registers import GPRS, mask_of
from tdxprove.specfile import KeyPath, SpecDocument, load_spec, specs_root

_SIZES: Final = {"u8": 1, "s8": 1, "u16": 2, "s16": 2, "u32": 4, "s32": 4, "u64": 8, "s64": 8}
_ARRAY: Final = re.compile(r"(?P<element>[us](?:8|16|32|64))\[(?P<count>[0-9]+)\]")
_BUILTINS: Final = {"low": 2}
_PLACES: Final = frozenset({*GPRS, "eax"})
_CONDITIONS: Final = frozenset({"that", "when"})
"""Keys whose expressions are conditions; all others are values."""


@dataclass(frozen=True)
class ContractSet:
    """All contracts of one file, by symbol."""

    name: str
    title: str
    path: Path
    contracts: Mapping[str, Contract]
    noreturn_in_image: frozenset[str]
    banner: str | None = None
    """How the string at the symbol linux_banner begins in files that the set is for; None: files without one."""

    def matches(self, address_of: Callable[[str], int | None], read: Callable[[int, int], bytes | None]) -> bool:
        """Is this set meant for the file? Asked only when the user named no set."""
        at = address_of("linux_banner")
        if self.banner is None or at is None:
            return (self.banner is None) == (at is None)
        return read(at, len(self.banner)) == self.banner.encode()


def bundled_sets() -> tuple[str, ...]:
    """Names of the contract sets that come with the program."""
    return tuple(sorted(path.stem for path in (specs_root() / "contracts").glob("*.yaml")))


def load_contracts(name: str) -> ContractSet:
    """A bundled set by its name, or a user's file by its path (anything with a slash or ending in .yaml or .yml).

    Raises:
        SpecError: no such set, or the file is not a valid contract file.
    """
    if "/" in name or name.endswith((".yaml", ".yml")):
        return read_contracts(Path(name))
    path = specs_root() / "contracts" / f"{name}.yaml"
    if name not in bundled_sets():
        known = ", ".join(bundled_sets())
        raise SpecError(f"no contract set {name!r}: bundled are {known}; a file of your own is given by its path")
    return read_contracts(path)


def read_contracts(path: Path) -> ContractSet:
    """Read and check one contract file.

    Raises:
        SpecError: the file cannot be read, breaks its schema, or names something that does not exist.
    """
    document = load_spec(path, "contracts")
    reader = _Reader(document)
    contracts = {symbol: reader.contract(symbol) for symbol in document.data["contracts"]}
    data = document.data
    return ContractSet(data["set"], data["title"], path, contracts, reader.noreturn_in_image, data.get("banner"))


class _Reader:
    """One file being read: what its contracts share."""

    def __init__(self, document: SpecDocument) -> None:
        self.document = document
        data = document.data
        self.set = data["set"]
        self.transparent_in_image = frozenset(data.get("transparent_in_image", {}))
        self.noreturn_in_image = frozenset(data.get("noreturn_in_image", {}))
        self.noreturn = NORETURN | frozenset(data.get("noreturn", {}))
        self.structs: dict[str, Pointee] = {name: self._struct(name) for name in data.get("structs", {})}
        self.definitions: dict[str, Definition] = {}
        for name, definition in data.get("definitions", {}).items():
            key: KeyPath = ("definitions", name, "value")
            value = self.expression(key, definition["value"])
            self._check_names(key, value, set(definition["parameters"]), {})
            self._check_kind(key, value, condition=False)
            self.definitions[name] = Definition(tuple(definition["parameters"]), value)

    def _struct(self, name: str) -> Pointee:
        data = self.document.data["structs"][name]
        fields = {f: (at, 8) for f, at in data["fields"].items()}
        for f, (at, size) in fields.items():
            if at + size > data["size"]:
                key = ("structs", name, "fields", f)
                raise self.document.error(key, f"field at {at} ends behind the {data['size']} bytes of the struct")
        return Pointee(data["size"], 8, fields, readable=True, writable=True)

    def expression(self, key: KeyPath, text: str | int) -> Expression:
        """Parse with the file's position in the error."""
        try:
            return parse(text)
        except ExpressionError as error:
            raise self.document.error(key, str(error)) from None

    # -- one contract ----------------------------------------------------------------------------------------------

    def contract(self, symbol: str) -> Contract:
        """The contract of `symbol`, its names checked."""
        key: KeyPath = ("contracts", symbol)
        data = self.document.data["contracts"][symbol]
        convention = self._convention(key, data["convention"])
        arguments = tuple(
            self._argument((*key, "arguments", name), name, what) for name, what in data.get("arguments", {}).items()
        )
        by_name = {argument.name: argument for argument in arguments}
        check = self._checker(by_name)
        call = self._call((*key, "call"), data["call"], by_name, check)
        requires = [
            (check((*key, "requires", i, "that"), item["that"], False), item["reason"])
            for i, item in enumerate(data.get("requires", ()))
        ]
        returns: dict[str, Expression] | None = None
        if data.get("returns") != "never":
            returns = self._results((*key, "returns"), data.get("returns", {}), by_name, check)
        assumptions = (*data.get("assumptions", ()), *self._unconfirmed(symbol, call))
        return Contract(
            set=self.set,
            symbol=symbol,
            prototype=data["prototype"],
            convention=convention,
            arguments=arguments,
            call=call,
            returns=returns,
            scrubs=tuple(data.get("scrubs", ())),
            requires=tuple(requires),
            changes=frozenset(data.get("changes", ())),
            may_write=tuple(
                self._place((*key, "may_write", i), p, by_name) for i, p in enumerate(data.get("may_write", ()))
            ),
            definitions=self.definitions,
            noreturn=self.noreturn,
            noreturn_in_image=self.noreturn_in_image,
            transparent_in_image=self.transparent_in_image,
            assumptions=assumptions,
            source=tuple(data["source"]),
            path=self.document.path,
            line=self.document.line_of(key),
        )

    def _unconfirmed(self, symbol: str, call: CallSpec) -> Iterator[str]:
        leaves = [call.subfunction] if call.subfunction is not None else list(call.leaves)
        if len(leaves) == 1 and leaves[0].unconfirmed:
            yield f"{symbol} rests on the unconfirmed catalogue entry {leaves[0].name}: {leaves[0].unconfirmed}"

    def _convention(self, key: KeyPath, data: str | dict[str, Any]) -> Convention:
        if isinstance(data, dict):
            if missing := {"rsp", "df"} - set(data["preserves"]):
                problem = f"does not preserve {', '.join(sorted(missing))}, expected rsp and df in every convention"
                raise self.document.error((*key, "convention", "preserves"), problem)
            return convention_from("own", data)
        try:
            return load_convention(data)
        except SpecError as error:
            raise self.document.error((*key, "convention"), str(error)) from None

    def _argument(self, key: KeyPath, name: str, what: str | dict[str, Any]) -> Argument:
        if isinstance(what, str):
            return Argument(name, 8 * _SIZES[what])
        readable, writable = "read" in what["access"], "write" in what["access"]
        to = what["points_to"]
        array = _ARRAY.fullmatch(to)
        if array is not None:
            element = _SIZES[array["element"]]
            return Argument(name, 64, Pointee(element * int(array["count"]), element, {}, readable, writable))
        if to not in self.structs:
            problem = f"{to!r} is unknown, expected u64[N] or a struct of this file"
            raise self.document.error((*key, "points_to"), problem)
        struct = self.structs[to]
        return Argument(name, 64, Pointee(struct.extent, 8, struct.fields, readable, writable))

    def _results(
        self, key: KeyPath, data: Mapping[str, Any], arguments: Mapping[str, Argument], check: Callable[..., Expression]
    ) -> dict[str, Expression]:
        for place in data:
            self._place((*key, place), place, arguments)
        return {place: check((*key, place), value, True) for place, value in data.items()}

    # -- the call ----------------------------------------------------------------------------------------------------

    def _call(
        self, key: KeyPath, data: dict[str, Any], arguments: Mapping[str, Argument], check: Callable[..., Expression]
    ) -> CallSpec:
        instruction, leaves, leaf, subfunction = self._leaves(key, data, check)
        inputs = dict(self._implied_inputs(subfunction))
        inputs.update((r, check((*key, "inputs", r), v, False)) for r, v in data.get("inputs", {}).items())
        outputs = {
            register: self._destination((*key, "outputs", register), what, arguments, check)
            for register, what in data.get("outputs", {}).items()
        }
        required = mask_of({*inputs, *outputs} - {"rcx", "rax"}) | (mask_of(("r10", "r11")) if subfunction else 0)
        permitted = data.get("permitted", required)
        if subfunction is not None and subfunction.mask is not None:
            self._check_operands(key, subfunction, inputs)
        if required & ~permitted and any(entry.number == 0 for entry in leaves) and instruction == "tdcall":
            problem = f"{permitted:#x} does not permit every input and output, expected at least {required:#x}"
            raise self.document.error((*key, "permitted"), problem)
        if "required" in data:
            required = data["required"]
        return CallSpec(
            instruction,
            leaves,
            leaf,
            subfunction,
            inputs,
            outputs,
            permitted,
            required,
            self._failure((*key, "failure"), data["failure"], check),
            data.get("repeat", False),
            data.get("permitted_reason", ""),
        )

    def _leaves(
        self, key: KeyPath, data: dict[str, Any], check: Callable[..., Expression]
    ) -> tuple[str, tuple[Leaf, ...], Expression | None, Leaf | None]:
        if "tdvmcall" in data:
            vmcall = load_catalogue("tdcall").leaves["TDG.VP.VMCALL"]
            if data["tdvmcall"] == "any":
                return "tdcall", (vmcall,), None, None
            entry = self._entry((*key, "tdvmcall"), "tdvmcall", data["tdvmcall"])
            return "tdcall", (vmcall,), None, entry
        instruction = "tdcall" if "tdcall" in data else "seamcall"
        named = data[instruction]
        if isinstance(named, str):
            return instruction, (self._entry((*key, instruction), instruction, named),), None, None
        excluded = {
            self._entry((*key, instruction, "except", i), instruction, name).name
            for i, name in enumerate(named.get("except", ()))
        }
        clobbers = frozenset(named.get("modifying_only", GPRS))
        leaves = tuple(
            leaf
            for leaf in load_catalogue(instruction).leaves.values()
            if leaf.number is not None and leaf.name not in excluded and leaf.modified <= clobbers
        )
        return instruction, leaves, check((*key, instruction, "leaf"), named["leaf"], False), None

    def _entry(self, key: KeyPath, catalogue: str, name: str) -> Leaf:
        leaves = load_catalogue(catalogue).leaves
        if name not in leaves:
            close = ", ".join(sorted(leaves))
            raise self.document.error(key, f"{name!r} is not in the catalogue {catalogue}, expected one of {close}")
        return leaves[name]

    def _implied_inputs(self, subfunction: Leaf | None) -> Iterator[tuple[str, Expression]]:
        """Operands whose value the catalogue fixes (r10 = 0, r11 = number)."""
        for operand in () if subfunction is None else subfunction.inputs:
            if operand.value is not None:
                yield operand.register, parse(operand.value)

    def _check_operands(self, key: KeyPath, known: Leaf, inputs: Mapping[str, Expression]) -> None:
        missing = [o.register for o in known.inputs if o.when == "always" and o.register not in inputs]
        if missing:
            expected = ", ".join(o.register for o in known.inputs)
            problem = f"{known.name} takes {', '.join(missing)} too, expected inputs for {expected}"
            raise self.document.error(key, problem)

    def _destination(
        self, key: KeyPath, what: Any, arguments: Mapping[str, Argument], check: Callable[..., Expression]
    ) -> Destination:
        if isinstance(what, str):
            return Destination(self._place(key, what, arguments))
        place = self._place((*key, "to"), what["to"], arguments)
        return Destination(place, check((*key, "when"), what["when"], True))

    def _failure(self, key: KeyPath, data: Any, check: Callable[..., Expression]) -> Failure:
        if isinstance(data, str):
            return Failure(data)
        parts = {
            how: {place: check((*key, how, place), value, True) for place, value in data.get(how, {}).items()}
            for how in ("vmfail", "fault")
        }
        return Failure(data["status"], parts["vmfail"], parts["fault"])

    # -- names ---------------------------------------------------------------------------------------------------------

    def _checker(self, arguments: Mapping[str, Argument]) -> Callable[..., Expression]:
        def check(key: KeyPath, text: str | int, after_call: bool) -> Expression:
            expression = self.expression(key, text)
            self._check_names(key, expression, set(), arguments, after_call)
            self._check_kind(key, expression, condition=key[-1] in _CONDITIONS)
            return expression

        return check

    def _check_kind(self, key: KeyPath, expression: Expression, condition: bool) -> None:
        if expression.is_condition != condition:
            found, wanted = ("a value", "a condition") if condition else ("a condition", "a value")
            raise self.document.error(key, f"{expression.text!r} is {found}, expected {wanted}")

    def _check_names(
        self,
        key: KeyPath,
        expression: Expression,
        parameters: set[str],
        arguments: Mapping[str, Argument],
        after_call: bool = False,
    ) -> None:
        problems = [self._unknown(kind, name, parameters, arguments, after_call) for kind, name in expression.names()]
        problems += [self._wrong_values(name, values) for name, values in expression.calls()]
        problems += _beyond(expression, arguments)
        for problem in problems:
            if problem is not None:
                raise self.document.error(key, f"{expression.text!r}: {problem}")

    def _wrong_values(self, name: str, values: list[ast.expr]) -> str | None:
        if name == "low":
            bits = values[1] if len(values) == 2 else None
            fine = isinstance(bits, ast.Constant) and bits.value in (8, 16, 32)
            return None if fine else "low takes a value and 8, 16 or 32 bits"
        definition = self.definitions.get(name)
        if definition is None or len(values) == len(definition.parameters):
            return None
        count = len(definition.parameters)
        return f"{name} takes {count} value{'s' if count != 1 else ''}, found {len(values)}"

    def _unknown(
        self, kind: str, name: str, parameters: set[str], arguments: Mapping[str, Argument], after_call: bool
    ) -> str | None:
        if kind == "call":
            return None if name in self.definitions or name in _BUILTINS else f"no definition {name} in this file"
        base, _, part = name.partition(".")
        if kind == "field" and base == "data":
            return None
        if kind == "field" and base == "call":
            if part not in {*GPRS, "trap"}:
                return f"{part} is not a register"
            return None if after_call else "there is no call yet where this is evaluated"
        if kind == "value" and name in parameters:
            return None
        argument = arguments.get(base)
        if argument is None:
            return f"{base} is not an argument, expected one of {', '.join(arguments) or 'none'}"
        if kind == "field" and (argument.pointee is None or part not in argument.pointee.fields):
            return f"{base} has no field {part}"
        if kind == "memory" and argument.pointee is None:
            return f"{base} is not a pointer"
        return None

    def _place(self, key: KeyPath, text: str, arguments: Mapping[str, Argument]) -> Expression:
        """A place: a register, an array element or a struct field."""
        place = self.expression(key, text)
        if place.text in _PLACES:
            return place
        tree = place.tree
        owner = (
            tree.value.id
            if isinstance(tree, ast.Attribute | ast.Subscript) and isinstance(tree.value, ast.Name)
            else ""
        )
        if owner in {"", "call", "data"}:
            raise self.document.error(key, f"{place.text!r} is not a place, expected a register, gpa[0] or args.r10")
        self._check_names(key, place, set(), arguments, after_call=True)
        return place


def _beyond(expression: Expression, arguments: Mapping[str, Argument]) -> Iterator[str]:
    """Array elements that the declared extent does not have."""
    for node in ast.walk(expression.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            owner = ast.unparse(node.value)
            argument = arguments.get(owner)
            if argument is not None and argument.pointee is not None:
                count = (argument.pointee.extent or 0) // argument.pointee.element
                if not 0 <= int(str(node.slice.value)) < count:
                    yield f"{owner} has {count} elements"
