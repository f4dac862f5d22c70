"""The kernel that Debian ships for clouds: as the boot loader gets it, with symbols, and its TDX module."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from corpora.debian import Release, extract
from corpora.inputs import Input
from corpora.place import CorpusError, cache, version_of

RELEASE = Release("bookworm")
CONTRACTS = ("linux-6.12",)
CALLERS = 2
VERSION = r"6\.12\.[0-9]+\+deb[0-9]+-cloud-amd64"
"""Debian 12 has 6.12 as an update of its own 6.1; the series of the contract set."""
PATTERN = rf"linux-image-{VERSION}-dbg"
PLACES = {
    "vmlinuz": "linux-image-{0}/vmlinuz-{0}",
    "vmlinux": "vmlinux-{0}",
    "tdx-guest.ko": "linux-image-{0}/tdx-guest.ko",
}
"""Where each file of a version is in the cache."""


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
    _fetch_image(version)
    yield _input("vmlinuz", version)
    _fetch_symbols(package, version)
    yield _input("vmlinux", version)
    # Its callers are looked for all the way up in any case; those of the kernel are the other inputs' affair.
    vmlinux = cache() / PLACES["vmlinux"].format(version)
    yield replace(_input("tdx-guest.ko", version), callers=None, beside=(vmlinux,))


def fetched() -> Iterator[Input]:
    """Name the files that are in the cache, the newest of each kind; no network."""
    found = {match[0] for path in cache().glob("*") if (match := re.search(VERSION, path.name))}
    versions = sorted(found, key=version_of, reverse=True)
    for name in PLACES:
        here = (one for one in (_input(name, version) for version in versions) if one.path.exists())
        yield from islice(here, 1)


def _input(name: str, version: str) -> Input:
    return Input(f"Debian linux-image-{version}", name, cache() / PLACES[name].format(version), CONTRACTS, CALLERS)


def _fetch_image(version: str) -> None:
    directory = cache() / f"linux-image-{version}"
    if not directory.exists():
        module = f"lib/modules/{version}/kernel/drivers/virt/coco/tdx-guest/tdx-guest.ko.xz"
        with RELEASE.package(f"linux-image-{version}") as archive:
            extract(archive, [f"boot/vmlinuz-{version}", module], directory)
    loose = directory / "tdx-guest.ko"
    if not loose.exists():
        # Debian compresses modules; modprobe unpacks them before the kernel sees them.
        loose.write_bytes(lzma.decompress((directory / "tdx-guest.ko.xz").read_bytes()))


def _fetch_symbols(package: str, version: str) -> None:
    kernel = cache() / f"vmlinux-{version}"
    if not kernel.exists():
        with RELEASE.package(package) as archive:  # about 320 MB
            fetched = archive.with_name("vmlinux")
            extract(archive, [f"usr/lib/debug/boot/{kernel.name}"], fetched)
            (fetched / kernel.name).replace(kernel)
