"""From a contract file to contracts: every error with file, line and key, every name checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tdxprove.contract import NORETURN, CallSpec, Contract, Definition, FlagChange, Pointee
from tdxprove.contract_arguments import read_argument, read_struct
from tdxprove.contract_call import read_call
from tdxprove.contract_names import Moment, Names
from tdxprove.contract_set import ContractSet, Matching, bundled, bundled_sets
from tdxprove.convention import Convention, convention_from, conventions, load_convention
from tdxprove.errors import SpecError
from tdxprove.expression import ALWAYS, Expression
from tdxprove.specfile import KeyPath, SpecDocument, load_spec
from tdxprove.vouched import Vouched, vouched_from


def load_contracts(name: str) -> ContractSet:
    """A bundled set by its name, or a user's file by its path (anything with a slash or ending in .yaml or .yml).

    Raises:
        SpecError: no such set, or the file is not a valid contract file.
    """
    if "/" in name or name.endswith((".yaml", ".yml")):
        return read_contracts(Path(name))
    if name not in bundled_sets():
        known = ", ".join(bundled_sets())
        raise SpecError(f"no contract set {name!r}: bundled are {known}; a file of your own is given by its path")
    return read_contracts(bundled(name))


def read_contracts(path: Path) -> ContractSet:
    """Read and check one contract file.

    Raises:
        SpecError: the file cannot be read, breaks its schema, or names something that does not exist.
    """
    document = load_spec(path, "contracts")
    reader = _Reader(document)
    data = document.data
    contracts = {symbol: replace(contract, set=data["set"]) for symbol, contract in reader.contracts().items()}
    return ContractSet(
        data["set"],
        data["title"],
        path,
        contracts,
        reader.vouched,
        reader.convention,
        _matching(data.get("matches", {})),
    )


def _matching(data: Mapping[str, Any]) -> Matching:
    return Matching(tuple(data.get("banner", ())), data.get("only_named"))


class _Reader:
    """One file being read: what its contracts share, its own or of the bundled set that it extends."""

    def __init__(self, document: SpecDocument) -> None:
        self.document = document
        data = document.data
        self.set = data["set"]
        self.base = self._base(data.get("extends"))
        self.vouched: Vouched = vouched_from(data, None if self.base is None else self.base.vouched)
        self.convention: str | None = data.get("convention", None if self.base is None else self.base.convention)
        self._check_convention()
        self.noreturn: frozenset[str] = (NORETURN if self.base is None else self.base.noreturn) | frozenset(
            data.get("noreturn", ())
        )
        self.structs: dict[str, Pointee] = {} if self.base is None else dict(self.base.structs)
        self.structs |= {name: read_struct(document, name) for name in data.get("structs", {})}
        self.definitions: dict[str, Definition] = {} if self.base is None else dict(self.base.definitions)
        self.variables: dict[str, int] = {} if self.base is None else dict(self.base.variables)
        self.variables |= {name: variable["bytes"] for name, variable in data.get("variables", {}).items()}
        self.names = Names(document, self.definitions, {})
        for name, definition in data.get("definitions", {}).items():
            names = replace(self.names, parameters=frozenset(definition["parameters"]))
            value = names.value(("definitions", name, "value"), definition["value"])
            self.definitions[name] = Definition(tuple(definition["parameters"]), value)

    def _base(self, name: str | None) -> _Reader | None:
        if name is None:
            return None
        if name not in bundled_sets() or name == self.set:
            known = ", ".join(other for other in bundled_sets() if other != self.set)
            raise self.document.error(("extends",), f"no bundled set {name!r}, expected one of {known}")
        return _Reader(load_spec(bundled(name), "contracts"))

    def _check_convention(self) -> None:
        if self.convention is not None and self.convention not in conventions():
            known = ", ".join(conventions())
            reason = f"no calling convention {self.convention!r}, expected one of {known}"
            raise self.document.error(("convention",), reason)

    # -- one contract ----------------------------------------------------------------------------------------------

    def contracts(self) -> dict[str, Contract]:
        """Those of the set that this one extends, unless they stand anew here, and then those of this file."""
        inherited = {} if self.base is None else self.base.contracts()
        return inherited | {symbol: self.contract(symbol) for symbol in self.document.data["contracts"]}

    def contract(self, symbol: str) -> Contract:
        """The contract of `symbol`, its names checked."""
        key: KeyPath = ("contracts", symbol)
        data = self.document.data["contracts"][symbol]
        arguments = tuple(
            read_argument(self.document, (*key, "arguments", name), what, self.structs)
            for name, what in data.get("arguments", {}).items()
        )
        convention = self._convention(key, data["convention"])
        if convention.return_address is not None and len(arguments) > len(convention.arguments):
            problem = f"{len(arguments)} arguments in {len(convention.arguments)} registers, and none on the stack"
            raise self.document.error((*key, "arguments"), f"{problem}, expected a register for each")
        names = self.names.among({argument.name: argument for argument in arguments})
        call = read_call((*key, "call"), data["call"], names)
        flags = dict(self._flags(key, data, names))
        requires = [
            (names.condition((*key, "requires", i, "that"), item["that"]), item["reason"])
            for i, item in enumerate(data.get("requires", ()))
        ]
        returns, otherwise = self._outcome(key, data, call, names)
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
            may_not_return=False,
            may_write=tuple(names.place((*key, "may_write", i), p) for i, p in enumerate(data.get("may_write", ()))),
            definitions=self.definitions,
            noreturn=self.noreturn,
            vouched=self.vouched,
            assumptions=(
                *data.get("assumptions", ()),
                *_unconfirmed(symbol, call),
                *_globals(symbol, data),
                *_unjudged(symbol, call),
            ),
            source=tuple(data["source"]),
            path=self.document.path,
            line=self.document.line_of(key),
            flags=flags,
            writes_globals="writes_globals" in data,
            otherwise=otherwise,
            static=data.get("static", False),
            variables=self.variables,
        )

    def _outcome(
        self, key: KeyPath, data: Mapping[str, Any], call: CallSpec, names: Names
    ) -> tuple[dict[str, Expression] | None, dict[str, Expression]]:
        """What the function returns, None if it never does, and what without having made the call."""
        returns: dict[str, Expression] | None = None
        if data.get("returns") != "never":
            returns = _results((*key, "returns"), data.get("returns", {}), names)
        if call.failure.status == "result" and not _tells_status(returns):
            problem = "result, but no result under returns speaks of call.rax, expected one that tells a failure"
            raise self.document.error((*key, "call", "failure"), problem)
        otherwise = _results((*key, "otherwise"), data.get("otherwise", {}), names, Moment.ENTRY)
        if (call.when is None) != ("otherwise" not in data) or (
            call.when is not None and otherwise.keys() != (returns or {}).keys()
        ):
            problem = "call.when and otherwise, expected both or neither, and in otherwise the places of returns"
            raise self.document.error((*key, "otherwise" if "otherwise" in data else "call"), problem)
        return returns, otherwise

    def _flags(self, key: KeyPath, data: Mapping[str, Any], names: Names) -> Iterator[tuple[str, FlagChange]]:
        """Flags that the function sets or clears, each on its condition, or may set."""
        for i, flag in enumerate(data.get("may_set", ())):
            if any(flag in data.get(other, ()) for other in ("changes", "sets", "clears")):
                problem = f"{flag} stands under another key too, expected one of changes, may_set, sets and clears"
                raise self.document.error((*key, "may_set", i), problem)
            yield flag, FlagChange(1, None)
        for verb, value in (("sets", 1), ("clears", 0)):
            for flag, condition in data.get(verb, {}).items():
                if flag in data.get("changes", ()) or (value == 0 and flag in data.get("sets", {})):
                    problem = f"{flag} stands under another key too, expected one of changes, sets and clears"
                    raise self.document.error((*key, verb, flag), problem)
                if condition is True:
                    yield flag, FlagChange(value, ALWAYS)
                else:
                    yield flag, FlagChange(value, names.condition((*key, verb, flag), condition))

    def _convention(self, key: KeyPath, data: str | dict[str, Any]) -> Convention:
        if not isinstance(data, dict):
            try:
                return load_convention(data)
            except SpecError as error:
                raise self.document.error((*key, "convention"), str(error)) from None
        if missing := {"rsp", "df"} - set(data["preserves"]):
            problem = f"does not preserve {', '.join(sorted(missing))}, expected rsp and df in every convention"
            raise self.document.error((*key, "convention", "preserves"), problem)
        if data.get("return_address") in data["arguments"]:
            problem = f"{data['return_address']} is an argument too, expected a register of its own"
            raise self.document.error((*key, "convention", "return_address"), problem)
        return convention_from("own", data)


def _results(
    key: KeyPath, data: Mapping[str, Any], names: Names, moment: Moment = Moment.AFTER_CALL
) -> dict[str, Expression]:
    for place in data:
        names.place((*key, place), place)
    return {place: names.value((*key, place), value, moment) for place, value in data.items()}


def _tells_status(returns: Mapping[str, Expression] | None) -> bool:
    return any(("field", "call.rax") in value.names() for value in (returns or {}).values())


def _unconfirmed(symbol: str, call: CallSpec) -> Iterator[str]:
    leaves = [call.subfunction] if call.subfunction is not None else list(call.leaves)
    if len(leaves) == 1 and leaves[0].unconfirmed:
        yield f"{symbol} rests on the unconfirmed catalogue entry {leaves[0].name}: {leaves[0].unconfirmed}"


def _unjudged(symbol: str, call: CallSpec) -> Iterator[str]:
    if call.failure.status == "unjudged":
        yield f"how {symbol} reports a failure is not judged: {call.failure.reason}"


def _globals(symbol: str, data: Mapping[str, Any]) -> Iterator[str]:
    if "writes_globals" in data:
        yield f"{symbol} may write variables of the image and per-CPU data: {data['writes_globals']}"
