"""The register ABI of the TDX instructions: what each leaf and sub-function takes, gives back and may change.

The facts stand in `specs/abi/*.yaml`; this module reads them and refuses a file that contradicts itself.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tdxprove.errors import SpecError
from tdxprove.leaf import Leaf, Operand, Selector
from tdxprove.registers import GPRS, RBP_MASK_BIT, RESERVED_MASK_BITS, mask_bit, mask_of, registers_of
from tdxprove.specfile import KeyPath, SpecDocument, load_spec, specs_root

INSTRUCTIONS: Final = ("tdcall", "tdvmcall", "seamcall")
_ALL: Final = frozenset(GPRS) - {"rsp"}
_CALL_TYPE: Final = mask_of(("r10", "r11"))
_ILLEGAL_BITS: Final = ~0xFFFF_FFFF | 1 << RBP_MASK_BIT | sum(1 << bit for bit in RESERVED_MASK_BITS)


@dataclass(frozen=True)
class Catalogue:
    """Everything that is known about one instruction."""

    instruction: str
    encoding: bytes
    leaves: Mapping[str, Leaf]
    sources: Mapping[str, str]
    status_codes: Mapping[str, int]

    def by_number(self, number: int) -> tuple[Leaf, ...]:
        """Leaves with this number: none, one, or several that selectors tell apart."""
        return tuple(leaf for leaf in self.leaves.values() if leaf.number == number)


@functools.cache
def load_catalogue(name: str) -> Catalogue:
    """The bundled catalogue of `tdcall`, `tdvmcall` or `seamcall`.

    Raises:
        SpecError: there is no such catalogue, or its file is not valid.
    """
    if name not in INSTRUCTIONS:
        raise SpecError(f"no catalogue {name!r}, expected one of {', '.join(INSTRUCTIONS)}")
    return read_catalogue(specs_root() / "abi" / f"{name}.yaml")


def read_catalogue(path: Path) -> Catalogue:
    """Read and check one catalogue file.

    Raises:
        SpecError: the file cannot be read, breaks the schema or contradicts itself.
    """
    document = load_spec(path, "catalogue")
    data, leaves = document.data, {name: _leaf(document, name) for name in document.data["entries"]}
    _check_numbers(document, leaves)
    _check_references(document, (), data)
    return Catalogue(
        instruction=data["instruction"],
        encoding=bytes.fromhex(data["encoding"]),
        leaves=MappingProxyType(leaves),
        sources=MappingProxyType(data["sources"]),
        status_codes=MappingProxyType(data["status_codes"]),
    )


def _leaf(document: SpecDocument, name: str) -> Leaf:
    instruction, entry = document.data["instruction"], document.data["entries"][name]
    path: KeyPath = ("entries", name)
    vendor = entry.get("vendor", False)
    implied = {} if vendor else document.data["implied"]
    mask = _mask(document, (*path, "mask"), entry["mask"]) if "mask" in entry else None
    variants = {case: _mask(document, (*path, "variants", case), m) for case, m in entry.get("variants", {}).items()}
    leaf = Leaf(
        instruction=instruction,
        name=name,
        number=entry["number"],
        versions=tuple(entry.get("versions", ())),
        inputs=tuple(_operands(implied.get("inputs", {}) | entry.get("inputs", {}), entry["number"])),
        outputs=tuple(_outputs(implied.get("outputs", {}), entry)),
        modified=_modified(document, path, entry, (mask, *variants.values())),
        mask=mask,
        variants=MappingProxyType(variants),
        sources=tuple(entry["source"]),
        unconfirmed=entry.get("unconfirmed"),
        line=document.line_of(path),
        statuses=tuple(entry.get("statuses", ())),
        selector=_selector(document, path, entry),
        vendor=vendor,
        may_not_return=entry.get("may_not_return", False),
        writes=MappingProxyType(dict(_written(entry.get("memory", {})))),
    )
    _check_operands(document, path, leaf)
    return leaf


def _operands(operands: Mapping[str, Mapping[str, Any]], number: int | None, **more: str) -> Iterator[Operand]:
    known = ("meaning", "bits", "value", "when", "on_error", "otherwise")
    for register, facts in operands.items():
        chosen = {key: facts[key] for key in known if key in facts} | more
        if chosen.get("value") == "number":
            chosen["value"] = number
        yield Operand(register, **chosen)


def _outputs(implied: Mapping[str, Mapping[str, Any]], entry: Mapping[str, Any]) -> Iterator[Operand]:
    yield from _operands(implied | entry.get("outputs", {}), entry["number"])
    for way in entry.get("exits", {}).values():
        yield from _operands(way["outputs"], entry["number"], when=way["when"])


def _modified(
    document: SpecDocument, path: KeyPath, entry: Mapping[str, Any], masks: tuple[int | None, ...]
) -> frozenset[str]:
    modified = entry.get("modified")
    if modified is None:
        return frozenset({"rax"}).union(*(registers_of(mask or 0) for mask in masks)) & _ALL
    if modified == "unknown" and "unconfirmed" not in entry:
        raise document.error((*path, "modified"), "unknown without a reason, expected the key unconfirmed beside it")
    return _ALL if isinstance(modified, str) else frozenset(modified)


def _written(memory: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, int | None]]:
    for register, facts in memory.items():
        if "writ" in facts["access"]:  # "write", "read at entry, written at exit"
            yield register, facts["size"] if isinstance(facts["size"], int) else None


def _mask(document: SpecDocument, path: KeyPath, mask: int) -> int:
    if illegal := mask & _ILLEGAL_BITS:
        bits = ", ".join(str(bit) for bit in range(illegal.bit_length()) if illegal >> bit & 1)
        wrong = f"mask {mask:#x} has bits that must be clear ({bits})"
        raise document.error(path, f"{wrong}, expected none of 0, 1, 4, 5 (rbp) and above 31")
    return mask


def _selector(document: SpecDocument, path: KeyPath, entry: Mapping[str, Any]) -> Selector | None:
    if (facts := entry.get("selector")) is None:
        return None
    high, low = map(int, facts["bits"].split(":"))
    selector = Selector(facts["register"], high, low, facts["value"])
    if selector.register not in entry.get("inputs", {}):
        raise document.error((*path, "selector"), f"{selector.register} is no input, expected an input of this entry")
    if not 64 > high >= low or selector.value >> (high - low + 1):
        raise document.error((*path, "selector"), "expected bits high:low within 63:0 that can hold the value")
    return selector


def _check_operands(document: SpecDocument, path: KeyPath, leaf: Leaf) -> None:
    entry = document.data["entries"][leaf.name]
    for side, operands in (("inputs", leaf.inputs), ("outputs", leaf.outputs)):
        for operand in operands:
            register, where = operand.register, (*path, *_place(entry, side, operand.register))
            if side == "outputs" and register not in leaf.modified and leaf.mask is None:
                raise document.error(where, f"output {register} is not in modified, expected every output there")
            if leaf.mask is not None and register not in leaf.modified - {"rax"}:
                wrong = f"{register} is outside mask and variants, expected bit {mask_bit(register)} in one of them"
                raise document.error(where, wrong)
    used = mask_of({operand.register for operand in leaf.inputs + leaf.outputs})
    masks = {("mask",): leaf.mask} | {("variants", case): mask for case, mask in leaf.variants.items()}
    for place, mask in masks.items():
        if mask is not None and not leaf.vendor and _CALL_TYPE & ~mask:
            raise document.error((*path, *place), f"mask {mask:#x} lacks r10 or r11, expected both in a standard call")
        if mask is not None and (idle := registers_of(mask & ~used)):
            wrong = f"mask {mask:#x} selects {', '.join(idle)}, expected inputs and outputs only"
            raise document.error((*path, *place), wrong)


def _place(entry: Mapping[str, Any], side: str, register: str) -> KeyPath:
    """Where an entry speaks of an operand; outputs may stand under one of its exits."""
    exits = entry.get("exits", {}) if register not in entry.get(side, {}) else {}
    return next((("exits", name, side, register) for name in exits if register in exits[name].get(side, {})),
                (side, register))  # fmt: skip


def _check_numbers(document: SpecDocument, leaves: Mapping[str, Leaf]) -> None:
    seen: dict[int, list[Leaf]] = {}
    for leaf in leaves.values():
        if leaf.number is None:
            continue
        for other in seen.setdefault(leaf.number, []):
            a, b = leaf.selector, other.selector
            if a is None or b is None or a[:3] != b[:3] or a.value == b.value:
                problem = f"{leaf.number:#x} is also the number of {other.name}, expected it once or with selectors"
                raise document.error(("entries", leaf.name, "number"), problem)
        seen[leaf.number].append(leaf)


def _check_references(document: SpecDocument, path: KeyPath, part: Any) -> None:
    """Every source tag and every field layout that the file uses is defined in it."""
    children = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in children:
        where = (*path, key)
        if isinstance(part, list) and path[-1] in ("source", "status_source"):
            if (tag := value.partition(":")[0]) not in document.data["sources"]:
                raise document.error(where, f"source {tag} is not defined, expected a tag of sources")
        elif key == "format" and value not in document.data.get("formats", {}):
            raise document.error(where, f"format {value} is not defined, expected one of formats")
        else:
            _check_references(document, where, value)
