"""Fetch the newest Debian 6.12 cloud kernel with symbols and prove the functions of it that call TDX.

The kernel (vmlinux, 340 MB) comes out of Debian's signed -dbg package and stays in $XDG_CACHE_HOME/tdxprove, by default
~/.cache/tdxprove; it is fetched once for each version. The exit status is that of `tdxprove prove`, or 2.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NoReturn

CONTRACTS = "linux-6.12"
PATTERN = r"^linux-image-6\.12\.[0-9]+\+deb[0-9]+-cloud-amd64-dbg$"
"""Packages of the newest kernel that Debian 12 (security updates) and later have; an extended regular expression."""

Version = tuple[int, ...]


def main() -> int:
    """Fetch and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", action="store_true", help="print the newest kernel that is here already; no network")
    options, prove_options = parser.parse_known_args()
    if options.path:
        found = newest_fetched()
        if found is None:
            fail(f"no kernel in {cache()}: run `make real` once")
        print(found)
        return 0
    kernel = fetch()
    print(f"tdxprove prove {kernel} --contracts {CONTRACTS}", flush=True)
    command = [sys.executable, "-m", "tdxprove", "prove", str(kernel), "--contracts", CONTRACTS, *prove_options]
    return subprocess.run(command, check=False).returncode


def fail(message: str) -> NoReturn:
    """End with one line on stderr and the status of a usage error."""
    print(f"real.py: {message}", file=sys.stderr)
    raise SystemExit(2)


def cache() -> Path:
    """Where fetched kernels are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tdxprove"


def version_of(name: str) -> Version:
    """Numbers of a package or file name, for sorting: 6.12.9 comes before 6.12.10."""
    found = re.search(r"6\.12\.[0-9]+\+deb[0-9]+", name)
    return tuple(map(int, re.findall(r"[0-9]+", found[0]))) if found else ()


def newest_fetched() -> Path | None:
    """The newest kernel in the cache."""
    kernels = (path for path in cache().glob("vmlinux-6.12.*-cloud-amd64") if version_of(path.name))
    return max(kernels, key=lambda path: version_of(path.name), default=None)


def fetch() -> Path:
    """The newest kernel that the package lists of this machine know, from the cache if it is there."""
    missing = [tool for tool in ("apt-cache", "apt-get", "dpkg-deb") if shutil.which(tool) is None]
    here = newest_fetched()
    if missing and here is not None:
        return here
    if missing:
        fail(f"{', '.join(missing)} not found: the kernel is a Debian package, run this on Debian or in its container")
    listed = subprocess.run(
        ["apt-cache", "pkgnames", "linux-image-6.12."], check=False, capture_output=True, text=True
    ).stdout.split()
    packages = [name for name in listed if re.match(PATTERN, name)]
    if not packages and here is not None:
        return here
    if not packages:
        fail(
            "apt knows no package linux-image-6.12.*-cloud-amd64-dbg: run `apt-get update` as root; the kernel is in "
            "Debian 12 security updates and in Debian 13"
        )
    package = max(packages, key=version_of)
    kernel = cache() / f"vmlinux-{package.removeprefix('linux-image-').removesuffix('-dbg')}"
    if not kernel.exists():
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache(), prefix="fetch-") as directory:
            Path(directory).chmod(0o755)  # apt downloads as a user of its own when root runs it
            extract(download(package, Path(directory)), kernel)
    return kernel


def download(package: str, directory: Path) -> Path:
    """Let apt fetch a package and check it against the signed package lists."""
    print(f"fetching {package} (about 320 MB)", flush=True)
    status = subprocess.run(["apt-get", "download", package], check=False, cwd=directory).returncode
    archives = list(directory.glob("*.deb"))
    if status != 0 or not archives:
        fail(f"apt-get download {package} failed: if the package is gone from the server, run `apt-get update` as root")
    return archives[0]


def extract(archive: Path, kernel: Path) -> None:
    """Copy the one file that is needed out of the package; it appears under its name only when it is complete."""
    wanted = f"./usr/lib/debug/boot/{kernel.name}"
    unpacked = archive.with_name(kernel.name)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as members:
            for member in members:
                source = members.extractfile(member) if member.name == wanted else None
                if source is not None:
                    with unpacked.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    break
        process.terminate()  # the rest, mostly debug data of modules, is not needed
    if not unpacked.exists():
        fail(f"{archive.name} holds no {wanted}")
    unpacked.replace(kernel)


if __name__ == "__main__":
    sys.exit(main())
