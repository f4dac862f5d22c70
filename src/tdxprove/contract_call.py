"""The `call` of a contract: which leaves, which registers go in and out, when it is repeated, how it fails."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from tdxprove.catalogue import load_catalogue
from tdxprove.contract import CallSpec, Destination, Failure, Repeat
from tdxprove.contract_names import Moment, Names
from tdxprove.expression import Expression, parse
from tdxprove.leaf import Leaf
from tdxprove.registers import GPRS, mask_of
from tdxprove.specfile import KeyPath
from tdxprove.tdx import encoding, reserved_mask


def read_call(key: KeyPath, data: dict[str, Any], names: Names) -> CallSpec:
    """The call that the mapping at `key` describes.

    Raises:
        SpecError: it contradicts the catalogue, or names something that does not exist.
    """
    instruction, leaves, leaf, subfunction = _leaves(key, data, names)
    if "version" in data:
        leaf = _of_version((*key, "version"), data, leaves, names)
    implied = dict(_implied_inputs(subfunction))
    given = {r: names.value((*key, "inputs", r), v) for r, v in data.get("inputs", {}).items()}
    _check_inputs(key, implied, given, names)
    inputs = implied | given
    outputs = {
        register: _destination((*key, "outputs", register), what, names)
        for register, what in data.get("outputs", {}).items()
    }
    repeat = _repeat((*key, "repeat"), data.get("repeat", False), inputs, names)
    if leaf is None or "version" in data:
        _check_outputs(key, leaves, outputs, names)
    required = mask_of({*inputs, *outputs} - {"rcx", "rax"}) | (mask_of(("r10", "r11")) if subfunction else 0)
    permitted = data.get("permitted", required)
    if subfunction is not None and subfunction.mask is not None:
        _check_operands(key, subfunction, inputs, names)
    if required & ~permitted and any(entry.number == 0 for entry in leaves) and instruction == "tdcall":
        problem = f"{permitted:#x} does not permit every input and output, expected at least {required:#x}"
        raise names.document.error((*key, "permitted"), problem)
    _check_masks(key, data, permitted, names)
    return CallSpec(
        instruction,
        leaves,
        leaf,
        subfunction,
        inputs,
        outputs,
        permitted,
        data.get("required", required),
        _failure((*key, "failure"), data["failure"], names, instruction),
        repeat,
        data.get("permitted_reason", ""),
        names.condition((*key, "when"), data["when"]) if "when" in data else None,
    )


def _leaves(
    key: KeyPath, data: dict[str, Any], names: Names
) -> tuple[str, tuple[Leaf, ...], Expression | None, Leaf | None]:
    if "tdvmcall" in data:
        vmcall = load_catalogue("tdcall").leaves["TDG.VP.VMCALL"]
        if data["tdvmcall"] == "any":
            return "tdcall", (vmcall,), None, None
        entry = _entry((*key, "tdvmcall"), "tdvmcall", data["tdvmcall"], names)
        return "tdcall", (vmcall,), None, entry
    instruction = "tdcall" if "tdcall" in data else "seamcall"
    named = data[instruction]
    if isinstance(named, str):
        return instruction, (_entry((*key, instruction), instruction, named, names),), None, None
    excluded = {
        _entry((*key, instruction, "except", i), instruction, name, names).name
        for i, name in enumerate(named.get("except", ()))
    }
    clobbers = frozenset(named.get("modifying_only", GPRS))
    leaves = tuple(
        leaf
        for leaf in load_catalogue(instruction).leaves.values()
        if leaf.number is not None and leaf.name not in excluded and leaf.modified <= clobbers
    )
    return instruction, leaves, names.value((*key, instruction, "leaf"), named["leaf"]), None


def _of_version(key: KeyPath, data: dict[str, Any], leaves: tuple[Leaf, ...], names: Names) -> Expression:
    """RAX of the one leaf that is named, in the one version that is meant: what it takes differs between them."""
    if "tdvmcall" in data or not any(isinstance(data.get(instruction), str) for instruction in ("tdcall", "seamcall")):
        raise names.document.error(key, "versions are of one leaf, expected it under tdcall or seamcall by its name")
    version, known = data["version"], leaves[0].versions
    if version not in known or leaves[0].number is None:
        listed = ", ".join(map(str, known))
        raise names.document.error(key, f"{leaves[0].name} has no version {version}, expected one of {listed}")
    return parse(encoding(leaves[0], version))


def _entry(key: KeyPath, catalogue: str, name: str, names: Names) -> Leaf:
    leaves = load_catalogue(catalogue).leaves
    if name in leaves:
        return leaves[name]
    elsewhere = [other for other in ("tdcall", "tdvmcall", "seamcall") if name in load_catalogue(other).leaves]
    by_letters = {known.casefold(): known for known in leaves}
    close = [by_letters[known] for known in difflib.get_close_matches(name.casefold(), by_letters)]
    expected = f"one of {', '.join(close or sorted(leaves))}"
    if elsewhere:
        expected = f"it under the key {elsewhere[0]}"
    raise names.document.error(key, f"{name!r} is not in the catalogue {catalogue}, expected {expected}")


def _implied_inputs(subfunction: Leaf | None) -> Iterator[tuple[str, Expression]]:
    """Operands whose value the catalogue fixes (r10 = 0, r11 = number)."""
    for operand in () if subfunction is None else subfunction.inputs:
        if operand.value is not None:
            yield operand.register, parse(operand.value)


def _check_operands(key: KeyPath, known: Leaf, inputs: Mapping[str, Expression], names: Names) -> None:
    missing = [o.register for o in known.inputs if o.when == "always" and o.register not in inputs]
    if missing:
        expected = ", ".join(o.register for o in known.inputs)
        problem = f"{known.name} takes {', '.join(missing)} too, expected inputs for {expected}"
        raise names.document.error(key, problem)


def _check_inputs(
    key: KeyPath, implied: Mapping[str, Expression], given: Mapping[str, Expression], names: Names
) -> None:
    if "rax" in given:
        raise names.document.error(
            (*key, "inputs", "rax"), "rax holds the leaf, expected it by its name or as leaf: ..."
        )
    for register in implied.keys() & given.keys():
        if implied[register].text != given[register].text:
            problem = f"the sub-function has {implied[register].text} in {register}, expected no other value"
            raise names.document.error((*key, "inputs", register), problem)


def _check_outputs(key: KeyPath, leaves: tuple[Leaf, ...], outputs: Mapping[str, Destination], names: Names) -> None:
    """Of one leaf that the VMM does not see: it leaves all other registers as they were."""
    if len(leaves) != 1 or leaves[0].number == 0:
        return
    for register in outputs:
        if register not in leaves[0].modified:
            written = ", ".join(r for r in GPRS if r in leaves[0].modified)
            problem = f"{leaves[0].name} leaves {register} as it was, expected one of {written}"
            raise names.document.error((*key, "outputs", register), problem)


def _check_masks(key: KeyPath, data: dict[str, Any], permitted: int, names: Names) -> None:
    for name in ("permitted", "required"):
        if data.get(name, 0) & reserved_mask(no_rbp_mod=False):
            problem = (
                f"{data[name]:#x} selects rax, rcx or rsp, expected bits that the module accepts, see a mask of 0xffcc"
            )
            raise names.document.error((*key, name), problem)
    if data.get("required", 0) & ~permitted:
        problem = (
            f"{data['required']:#x} selects registers that {permitted:#x} does not permit, expected a part of that"
        )
        raise names.document.error((*key, "required"), problem)


def _repeat(key: KeyPath, data: bool | dict[str, Any], inputs: Mapping[str, Expression], names: Names) -> Repeat | None:
    """`true` allows any number of calls with the inputs of the first; a mapping says when, and with what."""
    if isinstance(data, bool):
        return Repeat() if data else None
    condition = names.condition((*key, "while"), data["while"], Moment.BETWEEN_CALLS)
    again = {
        register: names.value((*key, "inputs", register), value, Moment.BETWEEN_CALLS)
        for register, value in data.get("inputs", {}).items()
    }
    for register in again.keys() - inputs.keys():
        problem = f"{register} is no input of the first call, expected one of {', '.join(inputs)}"
        raise names.document.error((*key, "inputs", register), problem)
    return Repeat(condition, again)


def _destination(key: KeyPath, what: Any, names: Names) -> Destination:
    if isinstance(what, str):
        return Destination(names.place(key, what))
    place = names.place((*key, "to"), what["to"])
    return Destination(place, names.condition((*key, "when"), what["when"], Moment.AFTER_CALL))


def _failure(key: KeyPath, data: Any, names: Names, instruction: str) -> Failure:
    if isinstance(data, str):
        return Failure(data)
    if instruction != "seamcall" and (wrong := next((how for how in ("vmfail", "fault") if how in data), None)):
        raise names.document.error((*key, wrong), f"{instruction} does not end so, expected it with seamcall only")
    parts = {
        how: {place: names.value((*key, how, place), value, Moment.AFTER_CALL) for place, value in part.items()}
        for how in ("vmfail", "fault")
        for part in [data.get(how, {})]
    }
    return Failure(data["status"], parts["vmfail"], parts["fault"], data.get("reason", ""))
