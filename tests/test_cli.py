"""The command as a user meets it: exit statuses, messages, files, and what it does not import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tdxprove import check, cli, demo, selection
from tdxprove.contract_set import ContractSet
from tdxprove.errors import SpecError, ToolError
from tdxprove.explain import Kind, find_kinds, load_kinds
from tdxprove.image import Image
from tdxprove.report import Report, Site
from tdxprove.selection import Options
from tdxprove.specfile import specs_root
from tdxprove.verdict import Status, Verdict
from tests.helpers import TDCALL, environment, function


def report(status: Status, *, covered: bool = True) -> Report:
    """Two obligations, of which the second has the given status, and one call site."""
    found = [Verdict("x.o", "f", "0x0", "seed", "leaf", Status.PROVED, ""),
             Verdict("x.o", "f", "0x0", "seed", "preserves/r13", status, "")]  # fmt: skip
    return Report(tuple(found), (Site("x.o", "0x2d", "tdcall", "f", "seed", covered),), (), ())


PROVED = report(Status.PROVED)
REFUTED = report(Status.REFUTED, covered=False)
INCOMPLETE = report(Status.INCOMPLETE, covered=False)
UNCOVERED = report(Status.PROVED, covered=False)
EMPTY = Report((), (), (), ())
COMMANDS = ("prove", "sites", "contracts", "explain", "demo")
Prove = Callable[[Report | BaseException], list[Options]]


@pytest.fixture
def prove(monkeypatch: pytest.MonkeyPatch) -> Prove:
    """Let the pipeline answer with a report or raise; the options that it is given are collected."""
    given: list[Options] = []

    def install(answer: Report | BaseException) -> list[Options]:
        def instead(_files: Sequence[Path], options: Options, _progress: object = None) -> Report:
            given.append(options)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr("tdxprove.check.prove", instead)
        return given

    return install


def command(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    source = str(Path(cli.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source}
    words = [sys.executable, "-m", "tdxprove", *arguments]
    return subprocess.run(words, text=True, env=environment, check=False, **{"capture_output": True, **options})  # type: ignore[call-overload, no-any-return]


# -- exit status -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "status"), [(PROVED, 0), (REFUTED, 1), (INCOMPLETE, 3), (UNCOVERED, 3), (EMPTY, 3)])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_report_decides_the_exit_status(prove: Prove, answer: Report, status: int, form: str) -> None:
    prove(answer)
    assert cli.run(["prove", "x.o", "--format", form]) == status


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["prove"],
        ["prove", "x.o", "--jobs", "0"],
        ["prove", "x.o", "--convention", "pascal"],
        ["prove", "x.o", "--format", "xml"],
        ["nonsense"],
        ["explain", "nonsense"],
        ["explain", "preserves/nonsense"],
        ["contracts", "nonsense"],
        ["contracts", "seed", "nonsense"],
        ["contracts", "./nonsense.yaml"],
    ],
)
def test_usage_and_specification_errors_are_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error


def test_an_error_of_the_input_is_one_line_and_2(prove: Prove, capsys: pytest.CaptureFixture[str]) -> None:
    prove(SpecError("mine.yaml:3: contracts.f: unknown key"))
    assert cli.run(["prove", "x.o"]) == 2
    assert capsys.readouterr() == ("", "tdxprove: error: mine.yaml:3: contracts.f: unknown key\n")


@pytest.mark.parametrize("error", [ValueError("two\nlines"), MemoryError(), SystemExit(0), EOFError()])
def test_an_internal_error_is_one_line_and_4(
    prove: Prove, error: BaseException, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDXPROVE_DEBUG", raising=False)
    prove(error)
    assert cli.run(["prove", "x.o"]) == 4
    out, message = capsys.readouterr()
    assert not out
    assert message.startswith(f"tdxprove: internal error: {type(error).__name__}")
    assert message.count("\n") == 1


def test_the_traceback_is_shown_on_request(
    prove: Prove, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDXPROVE_DEBUG", "1")
    prove(ValueError("wrong"))
    assert cli.run(["prove", "x.o"]) == 4
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupted_run_is_undecided(prove: Prove, capsys: pytest.CaptureFixture[str]) -> None:
    prove(KeyboardInterrupt())
    assert cli.run(["prove", "x.o"]) == 3
    assert capsys.readouterr() == ("", "tdxprove: interrupted, nothing is proved\n")


def test_an_interrupt_while_python_runs_text_of_its_own_is_still_3() -> None:
    # CPython remembers it and would end the process by the signal, though the exception was handled.
    code = (
        "import sys; from tdxprove import cli; sys.argv[1:] = ['explain']\n"
        "def interrupted(_): exec('raise KeyboardInterrupt')\n"
        "cli._invoke = interrupted; cli.main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (3, "tdxprove: interrupted, nothing is proved\n")


@pytest.mark.parametrize("arguments", [["--help"], ["prove", "--help"], ["--version"], ["explain"], ["contracts"]])
def test_a_full_disk_behind_standard_output_is_2(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = command(*arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    expected = "tdxprove: error: standard output did not take everything: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_a_reader_that_went_away_is_2() -> None:
    read, write = os.pipe()
    os.close(read)
    done = command("explain", stdout=write, stderr=subprocess.PIPE, capture_output=False)
    os.close(write)
    assert done.returncode == 2
    assert "Broken pipe" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_closed_standard_output_is_2() -> None:
    words = f"exec {sys.executable} -m tdxprove explain >&-"
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


# -- help --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_has_examples_that_name_the_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Examples:\n" in shown
    assert f"tdxprove {name}" in shown.partition("Examples:\n")[2]


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        ("--help", "angr z3 jsonschema rich yaml"),
        ("prove --help", "angr z3 jsonschema rich yaml"),
        ("contracts", "angr z3 claripy pyvex"),
        ("contracts seed tdvmcall_map_gpa", "angr z3 claripy pyvex"),
        ("explain preserves/r12", "angr z3 claripy pyvex"),
    ],
)
def test_what_is_slow_is_imported_only_where_it_is_needed(arguments: str, absent: str) -> None:
    code = (
        "import sys; from tdxprove.cli import run; status = run(sys.argv[2:]); "
        "print(status, sorted(set(sys.argv[1].split()) & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    words = [sys.executable, "-c", code, absent, *arguments.split()]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == "0 []\n"


# -- options and output ------------------------------------------------------------------------------------------------


def test_options_reach_the_pipeline(prove: Prove) -> None:
    given = prove(PROVED)
    words = "prove x.o --contracts seed --symbol a* --symbol b --convention ms --jobs 3 --budget-rlimit 7"
    assert cli.run([*words.split(), "--budget-steps", "8", "--budget-paths", "9", "--rbp-mod", "--scrubs"]) == 0
    assert given == [Options(("seed",), ("a*", "b"), "ms", 3, 7, 8, 9, no_rbp_mod=False, scrubs=True)]


def test_budgets_that_are_not_given_are_those_of_the_pipeline(prove: Prove) -> None:
    given = prove(PROVED)
    assert cli.run(["prove", "x.o", "--jobs", "1"]) == 0
    assert given == [Options()]


def test_json_goes_to_standard_output_and_prose_to_standard_error(
    prove: Prove, capsys: pytest.CaptureFixture[str]
) -> None:
    prove(REFUTED)
    assert cli.run(["prove", "x.o", "--format", "json"]) == 1
    out, error = capsys.readouterr()
    assert json.loads(out)["exit_status"] == 1
    assert error == "tdxprove: refuted: 1 of 2 obligations; 1 call site, 1 uncovered (exit status 1)\n"


def test_colour_is_asked_for_or_there_is_none(
    prove: Prove, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    prove(REFUTED)
    for words, coloured in (("", False), ("--color never", False), ("--color always", True)):
        cli.run(["prove", "x.o", *words.split()])
        assert ("\x1b" in capsys.readouterr().out) is coloured


@pytest.mark.parametrize("form", ["text", "json"])
def test_output_goes_to_a_file_as_a_whole(
    prove: Prove, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    prove(REFUTED)
    target = tmp_path / "report"
    target.write_text("old")
    target.chmod(0o640)
    assert cli.run(["prove", "x.o", "--format", form, "--output", str(target), "--color", "always"]) == 1
    out, error = capsys.readouterr()
    assert not out
    assert str(target) in error
    assert "refuted" in target.read_text()
    assert "\x1b" not in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_reached_through_a_link_is_replaced_behind_it(prove: Prove, tmp_path: Path) -> None:
    prove(PROVED)
    target, link = tmp_path / "report", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    assert cli.run(["prove", "x.o", "--output", str(link)]) == 0
    assert link.is_symlink()
    assert target.read_text().startswith("proved")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    prove: Prove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    prove(PROVED)
    target = tmp_path / "report"
    target.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    assert cli.run(["prove", "x.o", "--output", str(target)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("where", [".", "missing/report", "/dev/null", "x.o"])
def test_an_output_that_cannot_be_written_is_found_before_the_proof(
    prove: Prove, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.o").write_bytes(b"input")
    given = prove(PROVED)
    assert cli.run(["prove", "x.o", "--output", where]) == 2
    assert not given
    assert Path("x.o").read_bytes() == b"input"


# -- contracts and explain ---------------------------------------------------------------------------------------------


def test_contracts_lists_sets_symbols_and_exposure(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["contracts"]) == 0
    assert "seed" in capsys.readouterr().out
    assert cli.run(["contracts", "seed"]) == 0
    assert "u64 tdvmcall_map_gpa(u64 *gpa, u64 size)" in capsys.readouterr().out
    assert cli.run(["contracts", "seed", "tdvmcall_map_gpa"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["r12", "12", "VMM", "VMM", "input:", "gpa[0]"] in rows
    assert ["r11", "11", "VMM", "VMM", "input:", "0x10001;", "output", "to", "gpa[0]"] in rows


def test_an_error_of_a_contract_file_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("schema: tdxprove.contracts/1\nset: mine\ntitle: t\ncontracts: {}\nextra: 1\n")
    assert cli.run(["contracts", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"tdxprove: error: {path}:")


@pytest.mark.parametrize("kind", list(load_kinds().values()), ids=lambda kind: kind.name)
def test_each_kind_is_explained(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    subject = {"none": "", "register": "/r12", "place": "/gpa[0]", "instruction": "/tdcall"}[kind.subject]
    assert cli.run(["explain", kind.name + subject]) == 0
    shown = capsys.readouterr().out
    assert kind.title in shown
    assert "Wrong: " in shown
    assert "Right: " in shown


@pytest.mark.parametrize("kind", list(load_kinds().values()), ids=lambda kind: kind.name)
def test_examples_assemble(kind: Kind, tmp_path: Path) -> None:
    for example in (kind.wrong, kind.right):
        code = example.code.replace("tdcall", ".byte 0x66, 0x0f, 0x01, 0xcc")
        words = ["as", "-o", str(tmp_path / "x.o"), "-"]
        subprocess.run(words, input=f"{code}\ntable:\n", text=True, check=True)


def test_every_kind_that_is_explained_is_generated() -> None:
    modules = [path for path in Path(cli.__file__).parent.glob("*.py") if path.stem not in {"cli", "explain"}]
    source = "".join(path.read_text() for path in modules)
    assert [kind for kind in load_kinds() if f'"{kind}' not in source] == []


def test_a_real_report_follows_the_schema_and_each_of_its_obligations_is_explained(tmp_path: Path) -> None:
    wrong = next((demo.wrappers_root() / "wrong").glob("*.S"))
    target = demo.build(demo.find_compiler(), wrong, tmp_path / "x.o")
    done = command("prove", str(target), "--format", "json")
    assert done.returncode == 1, done.stderr
    data = json.loads(done.stdout)
    schema = json.loads((specs_root() / "schema" / "report.schema.json").read_text())
    Draft202012Validator(schema).validate(data)
    assert all(find_kinds(verdict["obligation"]) for verdict in data["verdicts"])


# -- demo --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "status"),
    [
        (PROVED, [REFUTED], 0),
        (PROVED, [REFUTED, REFUTED], 0),
        (REFUTED, [REFUTED], 1),
        (PROVED, [PROVED], 1),
        (INCOMPLETE, [REFUTED], 3),
        (PROVED, [INCOMPLETE], 3),
        (PROVED, [REFUTED, INCOMPLETE], 3),
        (PROVED, [], 3),
    ],
)
def test_the_demo_is_green_only_if_it_ends_as_it_should(right: Report, wrong: list[Report], status: int) -> None:
    assert demo.demo_status(right, wrong) == status


def test_the_demo_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolError, match=r"no C compiler .* install gcc"):
        demo.find_compiler()


def test_the_demo_reports_a_compiler_that_fails(tmp_path: Path) -> None:
    source = tmp_path / "x.S"
    source.write_text("nonsense %nowhere\n")
    with pytest.raises(ToolError, match=r"fails: .*x\.S"):
        demo.build(demo.find_compiler(), source, tmp_path / "x.o")


def test_the_demo_as_a_whole() -> None:
    done = command("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error: r13 differs from its value at entry [preserves/r13]" in done.stdout
    assert done.stdout.endswith("refuted (exit status 0)\n")


SLOW = (
    "import sys, time; from tdxprove import check, cli\n"
    "check._prove_task = lambda *_: time.sleep(60)\n"
    "sys.argv[1:] = ['prove', sys.argv[1], '--jobs', '2', '--output', sys.argv[2]]; cli.main()"
)


def children(process: int) -> list[int]:
    """The processes that a process started, proc(5)."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def until(reached: Callable[[], bool]) -> None:
    """Wait."""
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_neither_processes_nor_files(tmp_path: Path, number: signal.Signals) -> None:
    both = "ret\n.globl g\n.type g, @function\ng: .byte 0x66, 0x0f, 0x01, 0xcc; ret\n.size g, . - g\n"
    path = function(tmp_path, f"{TDCALL}; {both}")
    line = [sys.executable, "-c", SLOW, str(path), str(tmp_path / "report")]
    with subprocess.Popen(line, stderr=subprocess.PIPE, env=environment()) as process:
        until(lambda: len(children(process.pid)) == 2)
        workers = children(process.pid)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    if number is not signal.SIGKILL:
        assert (process.returncode, said) == (3, b"tdxprove: interrupted, nothing is proved\n")
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert {file.suffix for file in tmp_path.iterdir()} == {".s", ".o"}


def test_a_signal_while_workers_are_started_is_not_lost(tmp_path: Path) -> None:
    """What a handler raises in a function that Python calls at a fork is printed and forgotten."""
    path = function(tmp_path, f"{TDCALL}; ret\n.globl g\n.type g, @function\ng: {TDCALL}; ret\n.size g, . - g\n")
    asking = "import os, signal; os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGHUP))\n"
    line = [sys.executable, "-c", asking + SLOW, str(path), str(tmp_path / "report")]
    done = subprocess.run(line, capture_output=True, env=environment(), check=False, timeout=50)
    assert (done.returncode, done.stderr) == (3, b"tdxprove: interrupted, nothing is proved\n")


@pytest.mark.parametrize("ignored", [True, False])
def test_a_worker_ends_at_a_hangup_unless_the_caller_had_it_ignored(tmp_path: Path, ignored: bool) -> None:
    path = function(tmp_path, f"{TDCALL}; ret\n.globl g\n.type g, @function\ng: {TDCALL}; ret\n.size g, . - g\n")
    first = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" if ignored else ""
    line = [sys.executable, "-c", first + SLOW.replace("sleep(60)", "sleep(3)"), str(path), str(tmp_path / "report")]
    with subprocess.Popen(line, stderr=subprocess.PIPE, env=environment()) as process:
        until(lambda: len(children(process.pid)) == 2)
        time.sleep(0.5)
        for worker in children(process.pid):
            os.kill(worker, signal.SIGHUP)
        _, said = process.communicate(timeout=60)
    assert (b"a process that proves ended with -1" in said) is not ignored


def test_a_file_that_is_cut_off_while_it_is_read_is_2(tmp_path: Path) -> None:
    path = function(tmp_path, f"{TDCALL}; ret")
    code = (
        "import os, sys; from tdxprove import cli, container; sys.argv[1:] = ['sites', sys.argv[1]]\n"
        "parse = container.parse\n"
        "def cut(name, view): os.truncate(sys.argv[2], 0); return parse(name, view)\n"
        "container.parse = cut; cli.main()"
    )
    line = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(line, capture_output=True, text=True, env=environment(), check=False, timeout=60)
    assert done.returncode == 2
    assert "cut off while it was read" in done.stderr


@pytest.mark.parametrize("name", ["prove", "sites"])
def test_a_file_that_changes_while_it_is_read_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = function(tmp_path, f"{TDCALL}; ret")
    find = selection.sets_for

    def changing(image: Image, sets: Sequence[ContractSet], options: Options) -> list[ContractSet]:
        os.utime(path, ns=(0, 0))
        return find(image, sets, options)

    monkeypatch.setattr(check, "sets_for", changing)
    assert cli.run([name, str(path)]) == 2
    assert "changed while it was read" in capsys.readouterr().err
