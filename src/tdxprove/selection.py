"""Which functions of the files are proved, and under which contract."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from pathlib import Path

from tdxprove.callers import whole
from tdxprove.callgraph import believed_ends, making_calls, reaching, unfollowed_pointers
from tdxprove.contract import NORETURN, Contract
from tdxprove.contract_file import load_contracts
from tdxprove.contract_set import ContractSet, bundled_sets, linux_version
from tdxprove.convention import load_convention
from tdxprove.errors import UsageError
from tdxprove.generic import generic_contract
from tdxprove.image import Image, Symbol
from tdxprove.solver import DEFAULT_RLIMIT
from tdxprove.vouched import Vouched


@dataclass(frozen=True)
class Options:
    """What a run is asked to do; see `tdxprove prove --help`.

    `callers` is how many levels of callers of a TDX instruction are proved, None for all in objects and none in what is
    larger.
    """

    contracts: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    convention: str | None = None
    jobs: int = 1
    rlimit: int = DEFAULT_RLIMIT
    steps: int = 20_000
    paths: int = 800
    no_rbp_mod: bool = True
    scrubs: bool = False
    base: int | None = None
    callers: int | None = None


@dataclass(frozen=True)
class Task:
    """One function to prove under one contract; `issuing` names functions that are known to make TDX calls.

    Of functions in the image, these are all that reach a TDX instruction, but in what is larger than objects only those
    that hold one: nearly everything else there reaches one, too.
    """

    image: Image
    symbol: Symbol
    contract: Contract
    issuing: frozenset[str]


def load_sets(options: Options) -> tuple[ContractSet, ...]:
    """The contract sets that the user named, else all that are bundled.

    Raises:
        SpecError: one of them is not valid.
    """
    return tuple(load_contracts(name) for name in options.contracts or bundled_sets())


def sets_for(image: Image, sets: Sequence[ContractSet], options: Options) -> list[ContractSet]:
    """Sets that the user named, else those meant for this kind of file."""
    return [s for s in sets if options.contracts or s.matches(image.address_of, image.read)]


def chosen_sets(images: Sequence[Image], sets: Sequence[ContractSet], options: Options) -> tuple[str, ...]:
    """Which sets the files got and why, a line for each kind of file; what the user named is mentioned if it is odd."""
    return tuple(dict.fromkeys(filter(None, (_chosen_for(image, sets, options) for image in images))))


def _chosen_for(image: Image, sets: Sequence[ContractSet], options: Options) -> str | None:
    version = linux_version(image.address_of, image.read)
    if options.contracts:
        odd = [s for s in sets if version and s.versions and not s.matches(image.address_of, image.read)]
        meant = " and ".join(f"{s.name} for Linux {', '.join(s.versions)}" for s in odd)
        return f"{image.name} is Linux {version}, the sets that were asked for are others: {meant}" if odd else None
    names = ", ".join(s.name for s in sets_for(image, sets, options))
    if version is None:
        return f"{names}: the sets for files that are no Linux kernel (without linux_banner)"
    if names:
        return f"{names}: the set for Linux {version}"
    known = ", ".join(v for s in sets for v in s.versions)
    return (
        f"none: no bundled set is for Linux {version}, there are some for {known}. "
        "Everything is judged by the generic contract; --contracts names a set all the same"
    )


def contract_of(name: str, image: Image, sets: Sequence[ContractSet]) -> Contract | None:
    """The one contract for a symbol.

    Raises:
        UsageError: two sets describe it.
    """
    found = [s for s in sets if name in s.contracts]
    if len(found) > 1:
        names = " and ".join(f"{s.name} ({s.path})" for s in found)
        raise UsageError(f"{image.name}: {name} has a contract in {names}: choose with --contracts")
    return found[0].contracts[name] if found else None


def described_functions(
    image: Image, sets: Sequence[ContractSet], issuing: frozenset[str] = frozenset()
) -> tuple[Symbol, ...]:
    """The functions that the sets have contracts for; `issuing` names functions of other images that make TDX calls."""
    names = dict.fromkeys(name for contract_set in sets for name in contract_set.contracts)
    static = _static(sets)
    found = [symbol for name in names if name not in static for symbol in _named(image, name)]
    alike = [symbol for name in sorted(static) for symbol in image.functions_named(name)]
    if alike:
        # `issuing` may name what is called like one of these in another file: whether it is one is what is asked here.
        makers = (issuing | _makers(sets)) - static
        meant = making_calls(image, alike, makers, noreturn_of(sets))
        found += {symbol.address: symbol for symbol in alike if symbol.address in meant}.values()
    return tuple(found)


def _static(sets: Sequence[ContractSet]) -> frozenset[str]:
    return frozenset(name for s in sets for name, contract in s.contracts.items() if contract.static)


def _makers(sets: Sequence[ContractSet]) -> frozenset[str]:
    return frozenset(name for s in sets for name, contract in s.contracts.items() if contract.call is not None)


def issuing_elsewhere(images: Sequence[Image], options: Options) -> frozenset[str]:
    """Functions that make TDX calls, of those that one of the images leaves open and another one has.

    That are functions of objects that could not be linked, and of linked files that something is loaded beside, as a
    kernel module is.
    """
    wanted = {name for image in images for name in image.elsewhere}
    if len(images) > 1 and not all(image.relocatable for image in images):
        wanted = {name for image in images for name in image.undefined}
    known: frozenset[str] = frozenset()
    while wanted:
        found = {s.name for image in images for s in reaching(image, options.callers, known)} & wanted
        if found <= known:
            break
        known |= found
    return known


def tasks_of(
    image: Image, sets: Sequence[ContractSet], options: Options, issuing: frozenset[str] = frozenset()
) -> Iterator[Task]:
    """Functions with a contract, and functions that hold or reach a TDX instruction, in address order.

    `issuing` names functions of other images that make TDX calls.

    Raises:
        UsageError: two sets describe one of them.
    """
    noreturn = noreturn_of(sets)
    wanted = {(symbol.address, symbol.name): symbol for symbol in described_functions(image, sets, issuing)}
    described = {address for address, _ in wanted}
    issuing |= _makers(sets) - _static(sets)
    found = reaching(image, options.callers, issuing, noreturn, described)
    for symbol in found:
        if symbol.address not in described:
            wanted[symbol.address, symbol.name] = symbol
    known = found if options.callers is None else reaching(image, None, issuing, noreturn, described)
    issuing |= {symbol.name for symbol in known}
    for _, symbol in sorted(wanted.items()):
        if options.symbols and not any(fnmatch.fnmatchcase(symbol.name, glob) for glob in options.symbols):
            continue
        contract = contract_of(symbol.name, image, sets)
        if contract is None or (contract.static and symbol.address not in described):
            contract = _generic(symbol, image, sets, options)
        yield Task(image, symbol, contract, issuing)


def unmatched(
    files: Sequence[Path], images: Sequence[Image], tasks: Sequence[Task], sets: Sequence[ContractSet], options: Options
) -> Iterator[str]:
    """What the report says of contract sets that were asked for and describe no function of the files.

    Of bundled ones only: they also say what kind of file it is. A set of the user's own is there for its contracts.

    Raises:
        UsageError: such a set, or a glob of `--symbol`, matches nothing.
    """
    where = ", ".join(str(path) for path in files)
    idle = [g for g in options.symbols if not any(fnmatch.fnmatchcase(task.symbol.name, g) for task in tasks)]
    if idle:
        others = any(fnmatch.fnmatchcase(f.name, g) for g in idle for image in images for f in image.functions())
        what = "no function with a TDX call on its way, or a contract," if others else "no function"
        raise UsageError(f"{what} matches {', '.join(idle)} in {where}")
    for name, contract_set in zip(options.contracts, sets, strict=False):
        if any(image.function(symbol) is not None for symbol in contract_set.contracts for image in images):
            continue
        if name not in bundled_sets():
            raise UsageError(f"--contracts {name}: it has no contract for a function of {where}")
        yield f"the set {name}, which was asked for, has no contract for a function of the files"


def unfollowed(
    images: Sequence[Image], tasks: Sequence[Task], sets: Sequence[ContractSet], options: Options
) -> Iterator[str]:
    """What the report says of callers that were not looked for."""
    for image in images:
        functions = [task.symbol for task in tasks if task.image is image]
        note = unfollowed_pointers(image, functions, options.callers)
        if note is not None:
            yield note
        yield from believed_ends(image, functions, noreturn_of(sets_for(image, sets, options)))


def noreturn_of(sets: Sequence[ContractSet]) -> frozenset[str]:
    """Functions that never return, wherever they are known or as the sets say."""
    return reduce(or_, (s.vouched.noreturn for s in sets), NORETURN)


def _generic(symbol: Symbol, image: Image, sets: Sequence[ContractSet], options: Options) -> Contract:
    """The generic contract, in the surroundings that the sets for this file describe."""
    declared = {s.convention for s in sets if s.convention is not None}
    usual = declared.pop() if len(declared) == 1 else image.convention
    vouched = reduce(or_, (s.vouched for s in sets), Vouched())
    start, end = image.bounds(symbol)
    wraps = any(
        start <= site.address < end or (site.symbol is not None and whole(image, site.symbol) == symbol)
        for site in image.sites
    )
    convention = load_convention(options.convention or usual)
    contract = generic_contract(symbol.name, convention, NORETURN, vouched, wraps=wraps)
    return replace(contract, scrubs=contract.convention.volatile_gprs) if options.scrubs else contract


def _named(image: Image, name: str) -> list[Symbol]:
    """Every function of a name: a relocatable object can hold several static ones."""
    found = image.function(name)
    if found is None or not image.relocatable:
        return [] if found is None else [found]
    return list({symbol.address: symbol for symbol in (found, *image.functions_named(name))}.values())
