"""The TDX objects of Debian's kernel source, built in many configurations, the way a kernel developer does it.

The source is unpacked once; each configuration has an output directory of its own (`make O=`), in which only objects
with TDX code are made. A configuration that is complete is not built again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from corpora.configurations import CONFIGURATIONS, Configuration
from corpora.debian import Release, extract
from corpora.inputs import Input
from corpora.place import CorpusError, cache

RELEASE = Release("bookworm")
PACKAGE = "linux-source-6.12"
CONTRACTS = ("linux-6.12",)

TOOLS = {"gcc": "gcc", "make": "make", "flex": "flex", "bison": "bison", "bc": "bc", "tar": "tar", "xz": "xz-utils"}
LLVM_TOOLS = {"clang": "clang", "ld.lld": "lld", "llvm-ar": "llvm", "llvm-nm": "llvm", "llvm-objcopy": "llvm"}
"""Programs that the build needs, with their Debian packages."""
HEADERS = {"gelf.h": "libelf-dev"}
"""Headers that the build needs (objtool), with their Debian packages."""

PROGRAMS = {
    "guest.o": (
        "arch/x86/coco/core.o",
        "arch/x86/coco/tdx/tdx.o",
        "arch/x86/coco/tdx/tdx-shared.o",
        "arch/x86/coco/tdx/tdcall.o",
        "arch/x86/hyperv/ivm.o",
        "arch/x86/kernel/cpu/vmware.o",
        "drivers/virt/coco/tdx-guest/tdx-guest.o",
    ),
    "host.o": ("arch/x86/virt/vmx/tdx/seamcall.o", "arch/x86/virt/vmx/tdx/tdx.o"),
}
"""Objects that are linked into one (`ld -r`, as the kernel's own build does), so that callers meet what they call."""


def inputs() -> Iterator[Input]:
    """Build every configuration and name its objects.

    Raises:
        CorpusError: a tool is missing, or something does not build.
    """
    _check_tools()
    version = RELEASE.version(PACKAGE)
    source = _source(version)
    for configuration in CONFIGURATIONS:
        output = _build(source, configuration)
        for name in PROGRAMS:
            yield Input(f"{PACKAGE} {version}, {configuration.name}", name, output / name, CONTRACTS)


def _check_tools() -> None:
    wanted = {**TOOLS, **LLVM_TOOLS}
    missing = [package for tool, package in wanted.items() if shutil.which(tool) is None]
    for header, package in HEADERS.items():
        probe = ["gcc", "-fsyntax-only", "-x", "c", "-"]
        if (
            "gcc" not in missing
            and subprocess.run(
                probe, input=f"#include <{header}>", text=True, check=False, capture_output=True
            ).returncode
        ):
            missing.append(package)
    if missing:
        raise CorpusError(f"to build kernel objects, as root: apt-get install {' '.join(dict.fromkeys(missing))}")


def _source(version: str) -> Path:
    """The unpacked kernel source."""
    directory = cache() / f"{PACKAGE}-{version}"
    if directory.exists():
        return directory
    with RELEASE.package(PACKAGE) as archive:
        packed = archive.with_name("packed")
        extract(archive, [f"usr/src/{PACKAGE}.tar.xz"], packed)
        print(f"unpacking {PACKAGE}", flush=True)
        unpack = ["tar", "-xJf", f"{PACKAGE}.tar.xz", "-C", str(archive.parent)]  # tarfile needs a minute for it
        if subprocess.run(unpack, cwd=packed, check=False).returncode != 0:
            raise CorpusError(f"{PACKAGE}.tar.xz can not be unpacked: is there room for 2 GB in {cache()}?")
        (archive.parent / PACKAGE).replace(directory)
    return directory


def _build(source: Path, configuration: Configuration) -> Path:
    """The output directory of a configuration, with its linked objects in it.

    Raises:
        CorpusError: an option does not take effect, or make fails.
    """
    settings = "".join(f"{name}={value}\n" for name, value in configuration.settings().items())
    settings += "".join(
        f"# {name}: {' '.join(parts)}\n" for name, parts in PROGRAMS.items()
    )  # build anew if it changes
    output = cache() / "build" / source.name / configuration.name
    wanted = output / "wanted.config"
    if wanted.exists() and wanted.read_text() == settings and all((output / name).exists() for name in PROGRAMS):
        return output
    print(f"building {configuration.name}", flush=True)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    wanted.write_text(settings)
    make = ["make", "-s", "-C", str(source), f"O={output}", *(["LLVM=1"] if configuration.llvm else [])]
    _run([*make, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig"], configuration, output)
    _check_settings(configuration, output)
    parts = [part for members in PROGRAMS.values() for part in members]
    _run([*make, f"-j{len(os.sched_getaffinity(0))}", *parts], configuration, output)
    for name, members in PROGRAMS.items():
        linker = "ld.lld" if configuration.llvm else "ld"
        _run([linker, "-r", "-z", "noexecstack", "-o", name, *members], configuration, output)
    return output


def _run(command: list[str], configuration: Configuration, output: Path) -> None:
    """Run a build step in the output directory; what it says stays in `build.log`.

    Raises:
        CorpusError: it fails.
    """
    log = output / "build.log"
    with log.open("a") as text:
        print("+", *command, file=text, flush=True)
        # What a calling make exports (MAKEFLAGS, CC) is no part of the configuration.
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        status = subprocess.run(command, check=False, cwd=output, env=environment, stdout=text, stderr=text).returncode
    if status != 0:
        raise CorpusError(f"{configuration.name}: {command[0]} ends with status {status}, see {log}")


def _check_settings(configuration: Configuration, output: Path) -> None:
    """Kconfig drops silently what depends on something that is not set.

    Raises:
        CorpusError: it did.
    """
    lines = (output / ".config").read_text().splitlines()
    taken = dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))
    lost = [name for name, value in configuration.settings().items() if taken.get(name, "n") != value]
    if lost:
        raise CorpusError(f"{configuration.name}: Kconfig does not take {', '.join(lost)}: a dependency is not set")
