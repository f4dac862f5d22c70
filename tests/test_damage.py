"""Damaged files of every format: each ends with a documented status, in little time and memory, and never as proved.

Every file holds a function that is right and one that is wrong. The wrong one stays as it is, whatever is damaged.

`make damage` tries 2,000 of each format. The command runs in this process: 150,000 of its own would take days.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdxprove import cli, contract_file, contract_set, selection
from tests.corruption import SETTINGS, corrupted
from tests.damage import CONTRACT, Format, every_format, two_functions
from tests.helpers import prove_in_this_process

SECONDS = 10
"""Of processor time, for one command on one small file."""
MEMORY = 1 << 30
"""Bytes beyond what the process has when the command starts."""
NAMES = """
    object object-symbols module module-symtab module-rela module-debug_line module-debug_info module-debug_abbrev
    module-ex_table module-bug_table module-altinstructions module-jump_table module-eh_frame module-modinfo
    module-strtab module-shstrtab module-gzip module-xz module-zstd module-bzip2 module-inside-zstd
    library library-eh_frame library-dynsym library-rela library-dynstr library-dynamic
    archive archive-whole archive-thin archive-thin-whole archive-self
    vmlinux vmlinux-symtab vmlinux-stripped kallsyms-6.1 kallsyms-6.2 kallsyms-6.4 kallsyms-7.0 kallsyms-7.2
    vmlinuz-gzip vmlinuz-bzip2 vmlinuz-lzma vmlinuz-xz vmlinuz-lzo vmlinuz-lz4 vmlinuz-zstd vmlinuz-none vmlinuz-inside
    pe pe-one-section pe-headers pe-tables coff coff-tables te
    volume volume-plain volume-inside volume-files volume-last-file volume-sections volume-tiano volume-lzma
    capsule capsule-plain
    raw-0x1000 raw-0xfffff000 raw-0xfffffffffffffe00
"""


WHOLE = {"archive-self": 2, "raw-0x1000": 3, "raw-0xfffff000": 3, "raw-0xfffffffffffffe00": 3}
"""Exit status of the undamaged file where it is not 1: what has no functions is never proved."""


class TooLongError(BaseException):
    """Not an Exception, which the command would take for a defect of its own and report."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TooLongError(f"more than {SECONDS} s")


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Little time and memory for what runs inside.

    The limit of addresses is far higher, since the emulator reserves some GiB; it keeps a test from taking the machine.
    """
    limits = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGPROF, _stop)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, proc(5)
    began = _kilobytes("VmRSS")
    resource.setrlimit(resource.RLIMIT_AS, (_kilobytes("VmSize") * 1024 + 8 * MEMORY, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGPROF, before)
    assert (_kilobytes("VmHWM") - began) * 1024 < MEMORY


def _kilobytes(what: str) -> int:
    found = re.search(rf"^{what}:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def ended(*arguments: str | Path) -> int:
    """The exit status of a command that must end as documented."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error), bounded():
        status = cli.run([str(argument) for argument in arguments])
    assert status in {0, 1, 2, 3}, error.getvalue()
    assert "Traceback" not in out.getvalue() + error.getvalue()
    assert error.getvalue().count("\n") <= 1
    if status == 2:
        assert out.getvalue() == ""
        assert re.match("tdxprove: error: |Usage: ", error.getvalue())
    return status


class Formats(dict[str, Format]):
    """Hypothesis writes the arguments of a failing example out: not these."""

    def __repr__(self) -> str:
        return "..."


@pytest.fixture(scope="session")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Formats:
    return Formats(every_format(tmp_path_factory.mktemp("formats")))


@pytest.fixture(autouse=True)
def _sets_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not what is damaged here, and reading them takes longer than all else."""
    bundled, read = contract_set.bundled_sets(), contract_file.load_contracts
    monkeypatch.setattr(selection, "load_contracts", lambda name: (_load_contracts if name in bundled else read)(name))
    monkeypatch.setenv("TDXPROVE_DEBUG", "1")
    prove_in_this_process(monkeypatch)


_load_contracts = functools.cache(contract_file.load_contracts)

HOSTILE = (
    "", "~", "[]", "{}", "-1", "9" * 40, "0x", "true", '""', "*a", "&a [*a]", "!!python/name:os.system", "<<: *a",
    "\t", "\0", "[" * 3000, "{a: " * 3000, '"' + "(" * 3000 + '"', '"' + "+".join(["gpa"] * 2000) + '"',
    '"gpa << 0xffffffffffff"', '"1 << 99999999999"', '"size[99999999999]"', '"gpa / 0"', '"call.r10"',
    '"r.number.mask"', '"data.r"', "u64[99999999999999999]", "MapGPA", "gpa", "r", "size", "right", "u8", "never",
)  # fmt: skip
"""What a word of a contract file becomes."""


def saved(folder: Path, one: Format, data: bytes) -> Path:
    for name, content in one.beside.items():
        (folder / name).write_bytes(content)
    path = folder / one.name
    path.unlink(missing_ok=True)  # what was mapped into memory must not change under its reader
    path.write_bytes(one.seal(data))
    return path


@pytest.mark.parametrize("name", NAMES.split())
def test_whole_files_are_refuted_for_one_function(formats: Formats, name: str, tmp_path: Path) -> None:
    """Damage that hides the wrong function would leave a file of which all is proved."""
    one = formats[name]
    assert ended("prove", saved(tmp_path, one, one.content), "--jobs", "1", *one.options) == WHOLE.get(name, 1)


@SETTINGS
@given(data=st.data())
@pytest.mark.parametrize("name", NAMES.split())
def test_damaged_files(formats: Formats, name: str, tmp_path: Path, data: st.DataObject) -> None:
    one = formats[name]
    damaged = one.mended(data.draw(corrupted(one.content, one.fields, one.part)))
    if damaged is None:
        return
    path = saved(tmp_path, one, damaged)
    found = ended("sites", path, *one.options)
    judged = ended("prove", path, "--jobs", "1", *one.options)
    assert judged != 0 or one.excused(damaged), "a function is wrong, and it is still there"
    assert judged == 2 or found != 2


@pytest.fixture(scope="session")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("right")
    two_functions(folder)
    return folder / "two.o"


@SETTINGS
@given(data=st.data())
def test_damaged_contract_files(right: Path, tmp_path: Path, data: st.DataObject) -> None:
    """As bytes or word by word. A contract that still is one may be kept or not, as the words now say."""
    if data.draw(st.booleans()):
        content = data.draw(corrupted(CONTRACT))
    else:
        words = re.split(r"(\W+)", CONTRACT.decode())
        for at in data.draw(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=3)):
            words[at] = data.draw(st.sampled_from(HOSTILE))
        content = "".join(words).encode()
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    shown = ended("contracts", path)
    judged = ended("prove", right, "--contracts", path, "--symbol", "right", "--jobs", "1")
    assert shown in {0, 2}
    assert judged == 2 or shown == 0
    for symbol in ("right", "gpa") if shown == 0 else ():
        assert ended("contracts", path, symbol) in {0, 2}
