"""Files that are given together as the programs that a linker, or the kernel's module loader, would make of them.

As a linker does (gABI, "Symbol Table"): an undefined symbol of one file is the global definition of that name in
another, a weak definition and a common symbol give way to one, and common symbols of one name are one variable, as
large as any of them. Files that do not refer to each other stay apart, and so do those of which a linker would refuse
to make a program: what one of those leaves open and another one defines is noted, since a call to it must not be taken
for one that leaves all files.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tdxprove import kernel_modules
from tdxprove.binary import Binary
from tdxprove.elf import GOT_BASE, SECTION_BASE, SECTION_LIMIT
from tdxprove.elf_binary import ElfBinary
from tdxprove.externals import Externals, Linkage
from tdxprove.linked_binary import LinkedBinary, starts_of
from tdxprove.symtab import Common

_Definers = Mapping[str, Sequence[int]]
"""Indices of the files that define a name for others."""


@dataclass(frozen=True)
class Program:
    """What is examined as one image.

    Args:
        binary: one file, or several linked with each other.
        elsewhere: names that it leaves open though another of the given files defines them: where, and why that is
            not known to be what is meant.
        beside: files that it should have been linked with.
    """

    binary: Binary
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


def link(binaries: Sequence[Binary]) -> tuple[tuple[Program, ...], tuple[str, ...]]:
    """Return the programs that the files make, in the order of their first files, and why any files make none.

    Raises:
        ImageError: a program has more undefined symbols than there are addresses.
    """
    files = {i: b for i, b in enumerate(binaries) if isinstance(b, ElfBinary) and b.linkable}
    definers = _definers(files)
    made: dict[int, Binary] = {i: binary for i, binary in enumerate(binaries) if i not in files}
    apart: dict[int, tuple[str, tuple[str, ...]]] = {}
    notes = _load_modules(made)
    for group in _groups(files, definers):
        members = [files[index] for index in group]
        obstacle = _obstacle(files, group, definers) if len(group) > 1 else None
        if obstacle is None:
            made[group[0]] = members[0] if len(group) == 1 else _linked(members)
            continue
        names = tuple(member.name for member in members)
        made |= {index: _alone(files[index], members) for index in group}
        apart |= {index: (obstacle, tuple(n for n in names if n != files[index].name)) for index in group}
        notes.append(f"{', '.join(names)}: each is judged by itself, since {obstacle}")
    homes = _homes(binaries) if len(binaries) > 1 else {}
    programs = []
    for index, binary in sorted(made.items()):
        obstacle, beside = apart.get(index, (None, ()))
        elsewhere = _elsewhere(binary, homes, obstacle)
        programs.append(Program(binary, elsewhere, (*beside, *(homes[name] for name in elsewhere))))
    return tuple(programs), tuple(notes)


def _load_modules(made: dict[int, Binary]) -> list[str]:
    """Put a kernel with its modules in its place, in that of the modules nothing; return why not, if so."""
    modules = {i: b for i, b in made.items() if isinstance(b, ElfBinary) and kernel_modules.is_module(b)}
    kernels = {i: b for i, b in made.items() if modules and isinstance(b, ElfBinary) and kernel_modules.is_kernel(b)}
    if not kernels:
        return []
    obstacle = kernel_modules.obstacle(list(kernels.values()), list(modules.values()))
    if obstacle is not None:
        names = ", ".join(binary.name for binary in (*kernels.values(), *modules.values()))
        return [f"{names}: each is judged by itself, since {obstacle}"]
    ((index, kernel),) = kernels.items()
    made[index] = kernel_modules.load(kernel, list(modules.values()))
    for module in modules:
        del made[module]
    return []


def _homes(binaries: Sequence[Binary]) -> dict[str, str]:
    """The first file that defines a name for others."""
    found: dict[str, str] = {}
    for binary in binaries:
        for name in binary.defined:
            found.setdefault(name, binary.name)
    return found


def _elsewhere(binary: Binary, homes: Mapping[str, str], obstacle: str | None) -> dict[str, str]:
    why = f"the files do not link: {obstacle}" if obstacle else "only ELF objects are linked, and no kernel modules"
    own = binary.defined
    return {
        name: f"which {homes[name]} defines, but {'not at an address that is known' if name in own else why}"
        for name in binary.undefined
        if name in homes
    }


def _alone(file: ElfBinary, members: Sequence[ElfBinary]) -> ElfBinary:
    """A file that should be part of a program, in which its weak definitions that others have too may not count."""
    others = {name for member in members if member is not file for name in member.defined}
    open_names = [*file.table.rows.undefined.values(), *file.table.rows.chosen.values()]
    open_names += (n for n in file.table.rows.weak_definitions.values() if n in others)
    return file.placed(0, Linkage(GOT_BASE, {}, Externals(file.name, open_names)))


def _definers(files: Mapping[int, ElfBinary]) -> _Definers:
    found: dict[str, list[int]] = defaultdict(list)
    for index, file in files.items():
        for definition in file.table.definitions():
            found[definition.name].append(index)
    return found


def _groups(files: Mapping[int, ElfBinary], definers: _Definers) -> Iterator[list[int]]:
    """Yield the files that refer to each other, directly or through others, in their order."""
    neighbours: dict[int, set[int]] = {index: set() for index in files}
    yielding: dict[str, list[int]] = defaultdict(list)
    for index, file in files.items():
        for name in {*file.table.rows.weak_definitions.values(), *(common.name for common in file.table.commons())}:
            yielding[name].append(index)
    for index, file in files.items():
        for name in {*file.table.rows.undefined.values(), *file.table.rows.weak_definitions.values()}:
            for definer in (*definers.get(name, ()), *yielding.get(name, ())):
                neighbours[index].add(definer)
                neighbours[definer].add(index)
    pending = set(files)
    for first in files:
        group, reached = set(), [first]
        while reached:
            index = reached.pop()
            if index in pending:
                pending.remove(index)
                group.add(index)
                reached += neighbours[index]
        if group:
            yield sorted(group)


def _obstacle(files: Mapping[int, ElfBinary], group: Sequence[int], definers: _Definers) -> str | None:
    """Return why no linker makes one program of a group."""
    members = set(group)
    for name in sorted(definers):
        clashing = [files[index].name for index in definers[name] if index in members]
        if len(clashing) > 1:
            return f"{clashing[0]} and {clashing[1]} both define {name}"
    grouped = [files[index] for index in group]
    odd = {d.name for file in grouped for d in file.table.definitions() if d.address is None}
    for name, (owner, common, align) in sorted(_commons(grouped).items()):
        if name in odd or common.align < align:
            return f"{grouped[owner].name} has {name} as a common symbol, and another one declares it otherwise"
    if starts_of(grouped)[-1] > SECTION_LIMIT:
        return "they do not fit into 2 GiB together"
    return None


def _commons(members: Sequence[ElfBinary]) -> dict[str, tuple[int, Common, int]]:
    """For each common symbol the first member in which it is largest, what it is there, and its greatest alignment."""
    found: dict[str, tuple[int, Common, int]] = {}
    for index, member in enumerate(members):
        for common in member.table.commons():
            owner, known, align = found.get(common.name, (index, common, 1))
            if common.size > known.size:
                owner, known = index, common
            found[common.name] = owner, known, max(align, common.align)
    return found


def _linked(members: Sequence[ElfBinary]) -> LinkedBinary:
    *starts, _ = starts_of(members)
    defined: dict[str, int] = {}
    for member, start in zip(members, starts, strict=True):
        for definition in member.table.definitions():
            if definition.address is not None:
                distance = start - SECTION_BASE if definition.moves else 0
                defined[definition.name] = definition.address + distance
    for name, (owner, common, _) in _commons(members).items():
        if common.address is not None:
            defined.setdefault(name, common.address + starts[owner] - SECTION_BASE)
    for member, start in zip(members, starts, strict=True):
        for index, name in member.table.rows.weak_definitions.items():
            # Of weak definitions alone a linker takes the first.
            defined.setdefault(name, member.table.address(index) + start - SECTION_BASE)
    names = {name for member in members for name in member.table.rows.undefined.values()} - defined.keys()
    names |= {name for member in members for name in member.table.rows.chosen.values()}
    externals = Externals(members[0].name, sorted(names))
    parts, got = [], GOT_BASE
    for member, start in zip(members, starts, strict=True):
        parts.append(member.placed(start - SECTION_BASE, Linkage(got, defined, externals)))
        got = member.table.got_slot(len(member.table.rows)) - GOT_BASE + got
    return LinkedBinary(parts, starts, defined)
