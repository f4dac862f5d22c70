"""Guest firmware that Debian ships: OVMF, built from edk2."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corpora.debian import Release, extract
from corpora.inputs import Input
from corpora.place import cache, version_of

IMAGES = {
    Release("bookworm"): ("OVMF_CODE.fd", "OVMF_CODE_4M.fd", "OVMF_CODE_4M.secboot.fd"),
    Release("trixie"): ("OVMF_CODE_4M.fd", "OVMF_CODE_4M.secboot.fd"),
}
"""Code volumes by release; the other images of the packages are these with variables added, or links to them."""


def inputs() -> Iterator[Input]:
    """Fetch the firmware of each release and name its images.

    Raises:
        CorpusError: it can not be fetched.
    """
    for release, names in IMAGES.items():
        version = release.version("ovmf")
        directory = cache() / f"ovmf-{version}"
        if not directory.exists():
            with release.package("ovmf") as archive:
                extract(archive, [f"usr/share/OVMF/{name}" for name in names], directory)
        for name in names:
            yield _input(directory, name)


def fetched() -> Iterator[Input]:
    """Name the images that are in the cache, the newest of each name; no network."""
    for name in dict.fromkeys(name for names in IMAGES.values() for name in names):
        here = [path.parent for path in cache().glob(f"ovmf-*/{name}")]
        if here:
            yield _input(max(here, key=lambda directory: version_of(directory.name)), name)


def _input(directory: Path, name: str) -> Input:
    return Input(f"Debian {directory.name.replace('-', ' ', 1)}", name, directory / name)
