"""Object files that are given together as the programs that a linker would make of them.

As `ld -r` does (gABI, "Symbol Table"): an undefined symbol of one file is the global definition of that name in
another, and a weak definition gives way to one. Files that do not refer to each other stay apart, and so do those of
which a linker would refuse to make a program.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tdxprove.binary import Binary
from tdxprove.elf import GOT_BASE, PAGE, SECTION_BASE, SECTION_LIMIT
from tdxprove.elf_binary import ElfBinary
from tdxprove.externals import Externals, Linkage
from tdxprove.linked_binary import LinkedBinary

_Definers = Mapping[str, Sequence[int]]
"""Indices of the files that define a name for others."""


def link(binaries: Sequence[Binary]) -> tuple[tuple[Binary, ...], tuple[str, ...]]:
    """Return the programs that the files make, in the order of their first files, and why any files make none.

    Raises:
        ImageError: a program has more undefined symbols than there are addresses.
    """
    files = {i: b for i, b in enumerate(binaries) if isinstance(b, ElfBinary) and b.linkable}
    definers = _definers(files)
    programs: dict[int, Binary] = {i: binary for i, binary in enumerate(binaries) if i not in files}
    notes = []
    for group in _groups(files, definers):
        members = [files[index] for index in group]
        obstacle = _obstacle(files, group, definers) if len(group) > 1 else None
        if len(group) > 1 and obstacle is None:
            programs[group[0]] = _linked(members)
            continue
        programs |= dict(zip(group, members, strict=True))
        if obstacle is not None:
            names = ", ".join(member.name for member in members)
            notes.append(f"{names}: each is judged by itself, since {obstacle}")
    return tuple(programs[index] for index in sorted(programs)), tuple(notes)


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
        for name in set(file.table.weak_definitions.values()):
            yielding[name].append(index)
    for index, file in files.items():
        for name in {*file.table.undefined.values(), *file.table.weak_definitions.values()}:
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
    if _starts([files[index] for index in group])[-1] > SECTION_LIMIT:
        return "they do not fit into 2 GiB together"
    return None


def _starts(members: Sequence[ElfBinary]) -> list[int]:
    """Where each file's addresses begin, and where the next one's would."""
    starts = [SECTION_BASE]
    for member, following in zip(members, [*members[1:], None], strict=True):
        align = PAGE if following is None else following.align
        end = starts[-1] + member.table.end - SECTION_BASE + PAGE
        starts.append((end + align - 1) & -align)
    return starts


def _linked(members: Sequence[ElfBinary]) -> LinkedBinary:
    *starts, _ = _starts(members)
    defined: dict[str, int] = {}
    for member, start in zip(members, starts, strict=True):
        for definition in member.table.definitions():
            if definition.address is not None:
                distance = start - SECTION_BASE if definition.moves else 0
                defined[definition.name] = definition.address + distance
    for member, start in zip(members, starts, strict=True):
        for index, name in member.table.weak_definitions.items():
            # Of weak definitions alone a linker takes the first.
            defined.setdefault(name, member.table.symbol(index).address + start - SECTION_BASE)
    names = {name for member in members for name in member.table.undefined.values()} - defined.keys()
    externals = Externals(members[0].name, sorted(names))
    parts, got = [], GOT_BASE
    for member, start in zip(members, starts, strict=True):
        parts.append(member.placed(start - SECTION_BASE, Linkage(got, defined, externals)))
        got = member.table.got_slot(len(member.table)) - GOT_BASE + got
    return LinkedBinary(parts, starts, defined)
