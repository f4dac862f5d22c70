"""The kernel that Debian ships for clouds: as the boot loader gets it, with symbols, and its TDX module."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from pathlib import Path

from corpora.debian import Release, extract
from corpora.inputs import Input
from corpora.place import CorpusError, cache

RELEASE = Release("bookworm")
CONTRACTS = ("linux-6.12",)
PATTERN = r"linux-image-6\.12\.[0-9]+\+deb[0-9]+-cloud-amd64-dbg"
"""Debian 12 has 6.12 as an update of its own 6.1; the series of the contract set."""


def inputs() -> Iterator[Input]:
    """Fetch the newest kernel and name its three files.

    Raises:
        CorpusError: it can not be fetched.
    """
    packages = RELEASE.names("linux-image-6.12.", PATTERN)
    if not packages:
        raise CorpusError(f"Debian {RELEASE.name} has no package {PATTERN}")
    package = max(packages, key=version_of)
    version = package.removeprefix("linux-image-").removesuffix("-dbg")
    corpus = f"Debian {package.removesuffix('-dbg')}"
    image = _image(version)
    yield Input(corpus, "vmlinuz", image / f"vmlinuz-{version}", CONTRACTS)
    yield Input(corpus, "vmlinux", _with_symbols(package, version), CONTRACTS)
    yield Input(corpus, "tdx-guest.ko", image / "tdx-guest.ko", CONTRACTS)


def newest_fetched() -> Path | None:
    """The newest kernel with symbols that is in the cache."""
    return max(cache().glob("vmlinux-6.12.*-cloud-amd64"), key=lambda path: version_of(path.name), default=None)


def version_of(name: str) -> tuple[int, ...]:
    """Numbers of a package or file name, for sorting: 6.12.9 comes before 6.12.10."""
    return tuple(map(int, re.findall(r"[0-9]+", name)))


def _image(version: str) -> Path:
    directory = cache() / f"linux-image-{version}"
    if not directory.exists():
        module = f"lib/modules/{version}/kernel/drivers/virt/coco/tdx-guest/tdx-guest.ko.xz"
        with RELEASE.package(f"linux-image-{version}") as archive:
            extract(archive, [f"boot/vmlinuz-{version}", module], directory)
    loose = directory / "tdx-guest.ko"
    if not loose.exists():
        # Debian compresses modules; modprobe unpacks them before the kernel sees them.
        loose.write_bytes(lzma.decompress((directory / "tdx-guest.ko.xz").read_bytes()))
    return directory


def _with_symbols(package: str, version: str) -> Path:
    kernel = cache() / f"vmlinux-{version}"
    if not kernel.exists():
        with RELEASE.package(package) as archive:  # about 320 MB
            fetched = archive.with_name("vmlinux")
            extract(archive, [f"usr/lib/debug/boot/{kernel.name}"], fetched)
            (fetched / kernel.name).replace(kernel)
    return kernel
