"""Kernel modules that are given together with their kernel: one program, as the kernel's module loader makes it.

What a module leaves open is the kernel's symbol of that name (Linux kernel/module/main.c, simplify_symbols), or that of
one other module. The loader takes exported symbols only; a module that names another one is not loaded at all.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from tdxprove.elf import GOT_BASE, SECTION_BASE
from tdxprove.elf_binary import ElfBinary
from tdxprove.externals import Externals, Linkage
from tdxprove.linked_binary import LinkedBinary, starts_of

_ROOM = 16 << 20
"""Bytes that must be left between a kernel and its modules, for what neither of them defines."""

_RELEASE = re.compile(rb"Linux version (\S+) ")
_VERMAGIC = re.compile(rb"vermagic=(\S+)")
"""Linux init/version-timestamp.c (linux_banner); scripts/mod/modpost.c and include/linux/vermagic.h."""


def is_module(file: object) -> bool:
    """Is this a kernel module (scripts/module.lds.S: its `struct module` has a section of its own)?"""
    return isinstance(file, ElfBinary) and file.relocatable and not file.linkable


def is_kernel(file: object) -> bool:
    """Is this a linked Linux kernel?"""
    return isinstance(file, ElfBinary) and not file.relocatable and file.symbols.find("linux_banner") is not None


def obstacle(kernels: Sequence[ElfBinary], modules: Sequence[ElfBinary]) -> str | None:
    """Return why these modules are not loaded into one of these kernels."""
    if len(kernels) > 1:
        return f"{' and '.join(kernel.name for kernel in kernels)} are two kernels"
    kernel = kernels[0]
    release = _release(kernel)
    for module in modules:
        wanted = _built_for(module)
        if wanted != release:
            return f"{kernel.name} is Linux {release}, {module.name} is a module of Linux {wanted}"
    if _end(kernel) + _ROOM > GOT_BASE:
        return f"{kernel.name} leaves no room within reach of its modules"
    return None


def load(kernel: ElfBinary, modules: Sequence[ElfBinary]) -> LinkedBinary:
    """Return the kernel with its modules, behind it in the order in which they were given.

    Raises:
        ImageError: the modules have more undefined symbols than there are addresses.
    """
    *starts, _ = starts_of(modules)
    exported = _defined(kernel, modules, starts)
    names = {name for module in modules for name in module.table.rows.undefined.values()} - exported.keys()
    names |= {name for module in modules for name in module.table.rows.chosen.values()}
    base = (_end(kernel) + _ROOM // 2) & -_ROOM // 2
    externals = Externals(modules[0].name, sorted(names), base, GOT_BASE)
    parts, got = [], GOT_BASE
    for module, start in zip(modules, starts, strict=True):
        own = {n: exported[n] for n in module.table.rows.undefined.values() if n in exported}
        parts.append(module.placed(start - SECTION_BASE, Linkage(got, own, externals)))
        got = module.table.got_slot(len(module.table.rows)) - GOT_BASE + got
    return LinkedBinary([kernel, *parts], [min(s.address for s in kernel.sections), *starts], exported)


def _defined(kernel: ElfBinary, modules: Sequence[ElfBinary], starts: Sequence[int]) -> Mapping[str, int]:
    """Return the addresses of what modules leave open; not of what two of the files could mean."""
    wanted = {name for module in modules for name in module.table.rows.undefined.values()}
    found: dict[str, int] = {}
    count: Counter[str] = Counter()
    for name in wanted:
        symbol = kernel.symbols.find(name)
        if symbol is not None and not symbol.local:
            found[name] = symbol.address
            count[name] += 1
    for module, start in zip(modules, starts, strict=True):
        for definition in module.table.definitions():
            if definition.name in wanted and definition.address is not None:
                found[definition.name] = definition.address + (start - SECTION_BASE if definition.moves else 0)
                count[definition.name] += 1
    return {name: address for name, address in found.items() if count[name] == 1}


def _end(kernel: ElfBinary) -> int:
    return max(section.address + section.size for section in kernel.sections)


def _release(kernel: ElfBinary) -> str:
    banner = kernel.symbols.find("linux_banner")
    start = 0 if banner is None else banner.address
    text = next((text for size in range(128, 0, -1) if (text := kernel.read(start, size)) is not None), b"")
    found = _RELEASE.match(text)
    return "of an unknown version" if found is None else found[1].decode("ascii", "backslashreplace")


def _built_for(module: ElfBinary) -> str:
    information = b"".join(bytes(module.code(section)) for section in module.sections if section.name == ".modinfo")
    found = _VERMAGIC.search(information.replace(b"\0", b"\n"))
    return "of an unknown version" if found is None else found[1].decode("ascii", "backslashreplace")
