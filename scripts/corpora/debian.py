"""Packages of Debian releases, fetched by apt and checked against Debian's signatures, but not installed.

Each release has an apt configuration of its own below the cache directory: the machine's package sources are neither
used nor changed, no root is needed, and a machine with another release (or Ubuntu) fetches the same packages.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from corpora.place import CorpusError, cache

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org"
TOOLS = ("apt-get", "apt-cache", "dpkg-deb")


@dataclass(frozen=True)
class Release:
    """A Debian release by its code name, with its security updates."""

    name: str

    @property
    def _directory(self) -> Path:
        return cache() / "apt" / self.name

    @cached_property
    def _options(self) -> list[str]:
        """Options that make apt work on this release alone; the package lists are brought up to date once."""
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise CorpusError(f"{', '.join(missing)} not found: the packages come by apt, run this on Debian or Ubuntu")
        if not KEYRING.exists():
            raise CorpusError(f"no {KEYRING}: install it (apt-get install debian-archive-keyring)")
        for part in ("state/lists/partial", "cache/archives/partial"):
            (self._directory / part).mkdir(parents=True, exist_ok=True)
        sources = self._directory / "sources.list"
        sources.write_text(
            f"deb [arch=amd64 signed-by={KEYRING}] {MIRROR}/debian {self.name} main\n"
            f"deb [arch=amd64 signed-by={KEYRING}] {MIRROR}/debian-security {self.name}-security main\n"
        )
        settings = {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "-",
            "Dir::State": self._directory / "state",
            "Dir::Cache": self._directory / "cache",
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",  # apt's own user can not read a home directory; for others it has no effect
        }
        options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
        updated = subprocess.run(["apt-get", *options, "-qq", "update"], check=False, capture_output=True, text=True)
        if updated.returncode != 0:
            raise CorpusError(f"apt-get update for {self.name} failed: {_last_line(updated.stderr)}")
        return options

    def _ask(self, *arguments: str) -> str:
        command = ["apt-cache", *self._options, *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout

    def names(self, prefix: str, pattern: str) -> list[str]:
        """Packages whose name starts with `prefix` and matches the regular expression `pattern`."""
        return [name for name in self._ask("pkgnames", prefix).split() if re.fullmatch(pattern, name)]

    def version(self, package: str) -> str:
        """The newest version of a package.

        Raises:
            CorpusError: the release has no such package.
        """
        found = re.search(r"^Version: (\S+)$", self._ask("show", "--no-all-versions", package), re.MULTILINE)
        if found is None:
            raise CorpusError(f"Debian {self.name} has no package {package}")
        return found[1]

    @contextmanager
    def package(self, name: str) -> Iterator[Path]:
        """The newest version of a package as a .deb file, which is gone afterwards.

        Raises:
            CorpusError: it can not be fetched.
        """
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache(), prefix="fetch-") as directory:
            print(f"fetching {name} from Debian {self.name}", flush=True)
            command = ["apt-get", *self._options, "-q", "download", name]
            run = subprocess.run(command, check=False, cwd=directory, capture_output=True, text=True)
            archives = list(Path(directory).glob("*.deb"))
            if run.returncode != 0 or not archives:
                raise CorpusError(f"apt-get download {name} ({self.name}) failed: {_last_line(run.stderr)}")
            yield archives[0]


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def extract(archive: Path, paths: Iterable[str], target: Path) -> None:
    """Copy files of a .deb into the directory `target`, without the folders of their `paths` (usr/lib/x becomes x).

    `target` appears only when it is complete.

    Raises:
        CorpusError: the package lacks one of them.
    """
    left = {f"./{path}" for path in paths}
    partial = archive.with_name("partial")
    partial.mkdir()
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as members:
            for member in members:
                source = members.extractfile(member) if member.name in left else None
                if source is None:
                    continue
                with (partial / Path(member.name).name).open("wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
                left.remove(member.name)
                if not left:
                    break
        process.terminate()  # the rest is not needed
    if left:
        raise CorpusError(f"{archive.name} holds no {' and no '.join(sorted(left))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(target)
