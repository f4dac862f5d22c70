"""Contracts as a person reads them: what is called, who may read and write each register, what is promised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tdxprove.contract import Argument, CallSpec, Contract, Repeat
from tdxprove.contract_file import load_contracts
from tdxprove.contract_names import used_definitions
from tdxprove.contract_set import bundled_sets
from tdxprove.errors import UsageError
from tdxprove.exposure_table import exposure_table, named, text_of
from tdxprove.expression import ALWAYS
from tdxprove.output import shown
from tdxprove.page import Page, Part
from tdxprove.report import Site

_NAMED_LEAVES = 4
"""A choice of more leaves than this is counted, not listed."""


def show_sets(page: Page) -> str:
    """The bundled sets as a table."""
    rows: list[tuple[Part, ...]] = [(("set", "bold"), ("contracts", "bold"), ("title", "bold"))]
    for name in bundled_sets():
        found = load_contracts(name)
        rows.append((found.name, str(len(found.contracts)), found.title))
    page.table(rows)
    return page.text


def show_sites(page: Page, sites: Sequence[Site]) -> str:
    """TDX instructions and the contracts that speak of them."""
    if not sites:
        page.line("no TDX instruction in the input")
        return page.text
    titles = ("file", "address", "instruction", "function", "contract")
    rows: list[tuple[Part, ...]] = [tuple((title, "bold") for title in titles)]
    for site in sites:
        contract = site.contract or "none (generic)"
        rows.append((site.file, site.address, site.instruction, site.symbol or "no symbol", contract))
    page.table(rows)
    return page.text


def show_set(page: Page, name: str) -> str:
    """The contracts of one set, which have all been read and checked."""
    found = load_contracts(name)
    page.line((found.name, "bold"), f": {found.title}")
    page.line(f"{len(found.contracts)} contracts in {found.path}, all valid")
    page.blank()
    for symbol, contract in found.contracts.items():
        page.line((symbol, "bold"))
        page.table([("prototype", contract.prototype), ("call", call_text(contract.call))], indent=2)
    return page.text


def show_contract(page: Page, name: str, symbol: str) -> str:
    """One contract.

    Raises:
        UsageError: the set has none for this symbol.
    """
    found = load_contracts(name)
    contract = found.contracts.get(symbol)
    if contract is None:
        known = ", ".join(found.contracts)
        raise UsageError(f"set {shown(name)} has no contract for {shown(symbol)}, expected one of {known}")
    page.line((symbol, "bold"), f" (set {found.name}, {contract.path}:{contract.line})")
    page.table(list(_facts(contract)), indent=2)
    if contract.call is not None:
        page.blank()
        exposure_table(page, contract, contract.call)
    return page.text


def _facts(contract: Contract) -> Iterator[tuple[Part, ...]]:
    yield "prototype", contract.prototype
    for source in contract.source:
        yield "source", source
    places = [*contract.convention.arguments]
    yield (
        "convention",
        "its own, see arguments and preserved" if contract.convention.name == "own" else (contract.convention.name),
    )
    if contract.convention.return_address is not None:
        yield "return address", f"in {contract.convention.return_address}"
    if not contract.convention.stack:
        yield "stack", "none: nothing around rsp may be read or written"
    for index, argument in enumerate(contract.arguments):
        slot = contract.convention.stack_arguments + 8 * (index - len(places))
        place = places[index] if index < len(places) else f"at {slot:#x}(%rsp)"
        yield "argument", f"{argument.name} in {place}: {_argument(argument)}"
    for expression, reason in contract.requires:
        yield "requires", f"{expression.text} ({reason})"
    yield "call", call_text(contract.call)
    if contract.call is not None and contract.call.when is not None:
        ends = ", ".join(f"{place} = {text_of(value)}" for place, value in contract.otherwise.items())
        yield "made only", f"where {contract.call.when.text}; elsewhere it returns with {ends or 'nothing'}"
    if contract.call is not None and contract.call.mask_reason:
        yield "wider mask", contract.call.mask_reason
    yield from _ends(contract)
    yield "preserves", ", ".join(contract.preserves) or "nothing"
    for flag, change in contract.flags.items():
        if change.condition is None:
            yield "may set", f"{flag}, or leave it as it is"
            continue
        yield (
            "sets" if change.value else "clears",
            f"{flag}, always"
            if change.condition is ALWAYS
            else f"{flag} where {change.condition.text}, and leaves it as it is elsewhere",
        )
    if contract.changes:
        yield "may change", ", ".join(sorted(contract.changes))
    other = "module" if contract.call is not None and contract.call.instruction == "seamcall" else "VMM"
    yield "scrubs", ", ".join(contract.scrubs) or f"nothing: what the {other} left in volatile registers may stay there"
    for name in used_definitions(contract):
        definition = contract.definitions[name]
        yield "definition", f"{name}({', '.join(definition.parameters)}) = {definition.value.text}"
    for text in contract.assumptions:
        yield "assumes", text


def _argument(argument: Argument) -> str:
    to = argument.pointee
    if to is None:
        return f"{argument.bits} bits"
    access = " and ".join(word for word, allowed in (("read", to.readable), ("written", to.writable)) if allowed)
    extent = "an object of unknown extent" if to.extent is None else f"{to.extent} bytes"
    null = ", or NULL" if to.optional else ""
    return f"pointer to {extent} that may be {access or 'neither read nor written'}{null}"


def _ends(contract: Contract) -> Iterator[tuple[Part, ...]]:
    if contract.returns is None:
        yield "returns", "never"
    else:
        for place, value in contract.returns.items():
            yield "returns", f"{place} = {text_of(value)}"
    if contract.call is None:
        return
    failure = contract.call.failure
    ends = {
        "panic": "never returns (panic)",
        "return": "returns, with a result that is not zero",
        "result": "returns, with the results above",
        "unjudged": f"returns; how it reports it is not judged: {failure.reason}",
    }
    yield "failure", f"if the module's status (rax) is not zero: {ends.get(failure.status, failure.status)}"
    for title, results in (("VMfailInvalid", failure.vmfail), ("a fault", failure.fault)):
        if results:
            yield "failure", f"after {title}: {', '.join(f'{place} = {text_of(v)}' for place, v in results.items())}"


def call_text(call: CallSpec | None) -> str:
    """The TDX call of a contract in a few words."""
    if call is None:
        return "none declared"
    many = _repeated(call.repeat)
    if call.subfunction is not None:
        return f"{call.instruction} TDG.VP.VMCALL, sub-function {named(call.subfunction)}{many}"
    if call.leaf is None:
        names = " or ".join(named(leaf) for leaf in call.leaves)
        any_sub = ", any sub-function" if call.vmcall else ""
        return f"{call.instruction} {names}{any_sub}{many}"
    listed = ", ".join(leaf.name for leaf in call.leaves)
    which = listed if len(call.leaves) <= _NAMED_LEAVES else f"one of {len(call.leaves)} leaves"
    return f"{call.instruction}, leaf {call.leaf.text} ({which}){many}"


def _repeated(repeat: Repeat | None) -> str:
    if repeat is None:
        return ""
    if repeat.condition is None:
        return ", any number of times"
    inputs = ", ".join(f"{register} = {text_of(value)}" for register, value in repeat.inputs.items())
    return f", again while {repeat.condition.text}" + (f", then with {inputs}" if inputs else "")
