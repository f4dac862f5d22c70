"""Write down for plain angr what `tdxprove prove` does with a file: the functions that it runs, the TDX instructions.

angr's loader takes ELF and PE files. Of a vmlinuz it gets the vmlinux in it, of firmware each module, as tdxprove
itself unpacks them. What has no such form is not compared, and the exit status says so.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tdxprove import firmware_layout, kernel_image, te
from tdxprove.archive import map_file
from tdxprove.errors import TdxproveError
from tdxprove.firmware_binaries import examined_parts
from tdxprove.image import Image, load_images
from tdxprove.selection import Options, load_sets, sets_for, tasks_of


def main() -> int:
    """Write the job for a file to the path that is named first, and what it needs beside it."""
    target, path, *contracts = sys.argv[1:]
    try:
        parts = list(job(Path(path), contracts, Path(target).parent))
    except TdxproveError as error:
        print(f"not compared with plain angr: {error}", file=sys.stderr)
        return 2
    Path(target).write_text(json.dumps(parts))
    return 0


def job(path: Path, contracts: Sequence[str], directory: Path) -> Iterator[dict[str, object]]:
    """Yield for each file that angr is to load its path, and the addresses of functions and TDX instructions in it.

    Raises:
        TdxproveError: the file can not be examined, or a function is in a part that angr can not load.
    """
    options = Options(contracts=tuple(contracts))
    sets = load_sets(options)
    images = load_images(path)
    # Not strict: behind the kernel in a vmlinuz stands its boot code, raw code that angr's loader does not take.
    for image, file in zip(images, loadable(path, directory), strict=False):
        functions = [task.symbol.address for task in tasks_of(image, sets_for(image, sets, options), options)]
        if file is None and functions:
            raise TdxproveError(f"angr can not load {image.name}")
        if functions:
            sites = [site.address for site in image.sites]
            yield {"file": str(file), "functions": linked(image, functions), "sites": linked(image, sites)}


def linked(image: Image, addresses: Sequence[int]) -> list[int]:
    """Addresses as the file was linked, which is how tdxprove shows those of anything but objects."""
    return [int(image.display(address), 16) for address in addresses]


def loadable(path: Path, directory: Path) -> Iterator[Path | None]:
    """Yield a file that angr can load for each image in a file, None where there is none; new ones in `directory`."""
    view = map_file(path)
    if firmware_layout.recognised(view):
        for number, part in enumerate(examined_parts(path, view)):
            module = directory / f"{number}.efi"
            if part.kind != "raw":
                module.write_bytes(te.pe_image(part.label, part.data) if part.kind == "te" else part.data)
            yield None if part.kind == "raw" else module
    elif kernel_image.is_kernel_image(view):
        unpacked = directory / "vmlinux"
        unpacked.write_bytes(kernel_image.vmlinux(str(path), view))
        yield unpacked
    else:
        yield path


if __name__ == "__main__":
    sys.exit(main())
