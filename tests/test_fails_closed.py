"""Whatever goes wrong, the command says so in one line, leaves nothing half-written, and never ends with 0.

The command runs here in a process of its own: exit status, standard error and files are what a build script sees.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.errors import ImageError
from tdxprove.image import load_images
from tdxprove.selection import Options
from tdxprove.solver import Solver
from tdxprove.verdict import Status
from tests.helpers import CASES, TDCALL, compile_to, environment, function, patched, run, words

HALT = CASES / "halt-plain.s"
WRONG = CASES / "halt-r12-not-saved.s"
CONTRACT = """\
schema: tdxprove.contracts/1
set: {set}
title: one
contracts:
  {symbol}:
    prototype: "u64 {symbol}(u64 flag)"
    convention: sysv
    arguments: {{flag: u64}}
    call: {{tdvmcall: Instruction.HLT, inputs: {{r12: {input}}}, failure: panic}}
    returns: {{rax: call.r10}}
    source: ["a mail"]
"""


def contract(folder: Path, name: str = "mine", **changes: str) -> Path:
    """A contract file for `tdvmcall_halt`."""
    path = folder / f"{name}.yaml"
    path.write_text(CONTRACT.format(**{"set": name, "symbol": "tdvmcall_halt", "input": "flag", **changes}))
    return path


def test_an_internal_error_names_the_function(
    halt: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it comes from a process of its own."""
    from tdxprove import cli, prove_function

    def broken(*_: object) -> None:
        raise ValueError("a defect")

    monkeypatch.delenv("TDXPROVE_DEBUG", raising=False)
    monkeypatch.setattr(prove_function, "prove_function", broken)
    for jobs in ("1", "2"):
        assert cli.run(["prove", str(halt), str(halt), "--jobs", jobs]) == 4
        message = capsys.readouterr().err
        assert f"internal error: ValueError: a defect in the proof of tdvmcall_halt in {halt}; please" in message


@pytest.fixture
def halt(tmp_path: Path) -> Path:
    """A correct wrapper."""
    return compile_to(tmp_path, HALT)


def clean(*arguments: str | Path, changes: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, output and complaint of a command that must leave no traceback."""
    done = run(words(*arguments), changes)
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def complaint(*arguments: str | Path, changes: dict[str, str] | None = None) -> str:
    """The one line with which a command fails as a usage, specification or input error."""
    status, out, error = clean(*arguments, changes=changes)
    assert (status, out) == (2, "")
    assert error.startswith("tdxprove: error: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")
    return error.removeprefix("tdxprove: error: ")


def undecided(*arguments: str | Path) -> dict[str, str]:
    """Obligation to message of what a run leaves undecided: exit status 3, nothing refuted, and the site uncovered."""
    status, out, error = clean("prove", *arguments, "--format", "json", "--contracts", "seed")
    assert status == 3
    assert error.startswith("tdxprove: undecided: ")
    report = json.loads(out)
    assert report["exit_status"] == 3
    assert report["summary"]["refuted"] == 0
    assert report["summary"]["uncovered"] == report["summary"]["sites"] == 1
    return {one["obligation"]: one["message"] for one in report["verdicts"] if one["status"] != "proved"}


def test_the_wrapper_that_is_spoilt_below_is_proved(halt: Path, tmp_path: Path) -> None:
    assert clean("prove", halt)[0] == 0
    assert clean("prove", halt, "--contracts", contract(tmp_path))[0] == 0


# -- input files -------------------------------------------------------------------------------------------------------


def assembled(folder: Path, *options: str) -> Path:
    """An object file of another machine."""
    target = folder / "other.o"
    subprocess.run(["as", *options, "-o", target, "-"], input="ret\n", text=True, check=True, capture_output=True)
    return target


BAD_FILES: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "i386": (lambda folder, _: assembled(folder, "--32"), "built for i386, not for x86-64; pass an x86-64 file"),
    "x32": (lambda folder, _: assembled(folder, "--x32"), "pass an x86-64 file"),
    "AArch64": (lambda _, halt: patched(halt, 18, b"\xb7\x00"), "not for x86-64; pass an x86-64 file"),
    "big-endian": (lambda _, halt: patched(halt, 5, b"\x02"), "pass an x86-64 file"),
    "text": (lambda _, __: HALT, "is text, not machine code; assemble or compile it"),
    "magic only": (
        lambda _, halt: patched(halt, 0, b"\x7fELG"),
        "of no known format: it begins with the bytes",
    ),
    "empty": (lambda _, halt: cut(halt, 0), "empty file; copy or build the file again"),
    "directory": (lambda folder, _: folder, "is a directory; pass the files in it"),
    "missing": (lambda folder, _: folder / "none.o", "no such file; check the path"),
    "device": (lambda _, __: Path("/dev/null"), "not a regular file; pass an ELF file"),
    "half": (lambda _, halt: cut(halt, halt.stat().st_size // 2), "truncated"),
    "without the last byte": (lambda _, halt: cut(halt, halt.stat().st_size - 1), "truncated"),
}


def cut(path: Path, size: int) -> Path:
    """The first bytes of a file."""
    short = path.with_name("short.o")
    short.write_bytes(path.read_bytes()[:size])
    return short


@pytest.mark.parametrize("what", BAD_FILES)
@pytest.mark.parametrize("command", ["prove", "sites"])
def test_a_file_that_is_not_what_it_should_be(what: str, command: str, tmp_path: Path, halt: Path) -> None:
    make, expected = BAD_FILES[what]
    path = make(tmp_path, halt)
    found = complaint(command, path)
    assert found.startswith(f"{path}: ")
    assert expected in found


def test_one_bad_file_among_good_ones_is_no_proof_of_the_others(tmp_path: Path, halt: Path) -> None:
    bad = cut(halt, 100)
    assert complaint("prove", halt, bad, "--output", tmp_path / "report").startswith(f"{bad}: ")
    assert not (tmp_path / "report").exists()


def wrapped(path: Path, name: str) -> list[Path]:
    """An object, an archive of it, and what the linker makes of it."""
    archive, linked = path.with_name(f"{name}.a"), path.with_name(name)
    subprocess.run(["ar", "rcs", archive, path], check=True)
    options = ["-nostdlib", "-Wl,-e,tdvmcall_halt", "-static", "-no-pie"]
    subprocess.run(["gcc", *options, "-o", linked, path], check=True, capture_output=True)
    return [path, archive, linked]


@pytest.mark.parametrize("kind", range(3), ids=["object", "archive", "executable"])
def test_a_file_truncated_at_every_64th_byte_is_refused(kind: int, halt: Path) -> None:
    """In this process, since there are many: no length gives images, and so no length gives a report."""
    path = wrapped(halt, "whole")[kind]
    size = path.stat().st_size
    assert prove([path], Options(contracts=("seed",))).exit_status == 0
    for length in range(0, size, 64):
        short = cut(path, length)
        with pytest.raises(ImageError) as refusal:
            load_images(short)
        message = str(refusal.value)
        assert message.startswith(f"{short}: "), length
        assert "\n" not in message


# -- nothing to prove --------------------------------------------------------------------------------------------------


def test_a_symbol_that_is_not_there(halt: Path) -> None:
    found = complaint("prove", halt, "--symbol", "tdvmcall_hal")
    assert found == f"no function matches tdvmcall_hal in {halt}\n"


def test_a_symbol_without_anything_to_prove(tmp_path: Path, halt: Path) -> None:
    plain = function(tmp_path, "\tret\n", "plain")
    found = complaint("prove", halt, plain, "--symbol", "plain")
    assert found == f"no function with a TDX call on its way, or a contract, matches plain in {halt}, {plain}\n"


def test_one_of_two_symbols_is_not_there(halt: Path) -> None:
    found = complaint("prove", halt, "--symbol", "tdvmcall_halt", "--symbol", "nothing_*")
    assert found == f"no function matches nothing_* in {halt}\n"


def test_a_set_of_the_user_that_describes_none_of_the_functions(tmp_path: Path) -> None:
    source = function(tmp_path, HALT.read_text().partition("tdvmcall_halt:")[2].partition("\t.size")[0], "renamed")
    found = complaint("prove", source, "--contracts", contract(tmp_path))
    assert found.endswith(f"it has no contract for a function of {source}\n")
    status, out, _ = clean("prove", source, "--contracts", "seed")
    assert (status, "the set seed, which was asked for, has no contract" in out) == (0, True)


def test_a_file_without_any_tdx_instruction(tmp_path: Path) -> None:
    source = function(tmp_path, "ret", "nothing")
    status, out, error = clean("prove", source)
    assert (status, error) == (3, "")
    assert "nothing to prove, no TDX instruction" in out
    assert "proved:" not in out
    status, out, _ = clean("sites", source)
    assert status == 3
    assert "no TDX instruction" in out


def test_a_contract_without_a_tdx_instruction(tmp_path: Path) -> None:
    """The name alone proves nothing: a function that never makes its call is no proof of how it makes it."""
    status, out, _ = clean("prove", function(tmp_path, "xor %eax, %eax; ret", "tdvmcall_halt"), "--format", "json")
    assert status != 0
    statuses = {one["obligation"]: one["status"] for one in json.loads(out)["verdicts"]}
    assert statuses["covers/call"] == "vacuous"


# -- contracts ---------------------------------------------------------------------------------------------------------


def test_two_contracts_for_one_symbol(tmp_path: Path, halt: Path) -> None:
    """Neither is chosen for the user: both are named, by their paths too, since two sets may have the same name."""
    (tmp_path / "copy").mkdir()
    mine, other, copy = contract(tmp_path), contract(tmp_path, "other"), contract(tmp_path / "copy")
    for first, second, names in ((mine, other, ("mine", "other")), (mine, copy, ("mine", "mine"))):
        found = complaint("prove", halt, "--contracts", first, "--contracts", second)
        listed = f"{names[0]} ({first}) and {names[1]} ({second})"
        assert found == f"{halt}: tdvmcall_halt has a contract in {listed}: choose with --contracts\n"
    found = complaint("prove", halt, "--contracts", "seed", "--contracts", mine)
    assert "seed.yaml) and mine (" in found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title: one", "title: [", "not valid YAML"),
        ("title: one", "title: one\nextra: 1", "4: extra: unknown key, expected one of schema, set"),
        ("    source:", "    sources:", "11: contracts.tdvmcall_halt.sources: unknown key"),
        ("r12: flag", "r12: flags", "9: contracts.tdvmcall_halt.call.inputs.r12: 'flags': flags is not an argument"),
        (
            "Instruction.HLT",
            "Instruction.HALT",
            "9: contracts.tdvmcall_halt.call.tdvmcall: 'Instruction.HALT' is not in",
        ),
        ("r12: flag", "r12: low(flag)", "9: contracts.tdvmcall_halt.call.inputs.r12: 'low(flag)'"),
        ("tdxprove.contracts/1", "tdxprove.contracts/9", "1: schema: 'tdxprove.contracts/9' is not accepted"),
    ],
)
def test_a_contract_file_that_is_wrong(tmp_path: Path, halt: Path, old: str, new: str, expected: str) -> None:
    """For a function of the file or not, with `prove` and with `contracts`: the file, the line and the key."""
    path = contract(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for found in (complaint("prove", halt, "--contracts", path), complaint("contracts", path)):
        assert found.startswith(f"{path}:")
        assert expected in found


def test_a_variable_that_the_file_does_not_have(tmp_path: Path, halt: Path) -> None:
    path = contract(tmp_path, input="flag + data.nowhere")
    status, out, _ = clean("prove", halt, "--contracts", path, "--format", "json")
    (found,) = json.loads(out)["verdicts"]
    reason = "contracts.tdvmcall_halt: the file has no variable nowhere, nor refers to one"
    assert (status, found["obligation"], found["status"]) == (3, "complete", "incomplete")
    assert found["message"] == f"{path}:5: {reason}"


def test_a_declared_variable_that_the_file_does_not_have(tmp_path: Path, halt: Path) -> None:
    """Kernels are configured without some variables: that function is undecided, the others are judged."""
    path = contract(tmp_path, input="flag + data.nowhere")
    path.write_text(path.read_text() + "variables: {nowhere: {bytes: 4, source: [here]}}\n")
    status, out, _ = clean("prove", halt, "--contracts", path)
    assert status == 3
    assert "the file has no variable nowhere" in out


def test_a_variable_of_another_file_has_the_declared_size(tmp_path: Path) -> None:
    """The wrapper sends 4 bytes of a variable that its object file only refers to."""
    body = HALT.read_text().replace("mov\t%rdi, %r12", "mov other(%rip), %r12d")
    assert "other" in body
    source = tmp_path / "halt.s"
    source.write_text(body)
    path = contract(tmp_path, input="data.other")
    path.write_text(path.read_text() + "variables: {other: {bytes: 4, source: [here]}}\n")
    status, out, _ = clean("prove", compile_to(tmp_path, source), "--contracts", path)
    assert status == 0, out


@pytest.mark.parametrize("name", ["seeds", "./none.yaml", "."])
def test_a_set_that_is_not_there(halt: Path, name: str) -> None:
    assert name.removeprefix("./") in complaint("prove", halt, "--contracts", name)


# -- code that is not understood ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f"rdpmc; {TDCALL}; ret", "instruction 'rdpmc' is not modelled"),
        (f"{TDCALL}; fld1; ret", "instruction 'fld1' is not modelled"),
        (f"{TDCALL}; movq %mm0, (%rsp); ret", "not modelled"),
        (f"jmp *%rdi; {TDCALL}", "jumps to arg.rdi, a target that is not known"),
        (f"{TDCALL}; jmp *(%rdi)", "a target that is not known"),
        (f"mov $1000, %ecx\n1: dec %ecx; jnz 1b; {TDCALL}; ret", "more than 500 instructions on one path"),
        (f"and $-0x1000, %rsp; push %rax; {TDCALL}; ud2", "the stack pointer is not at a constant distance"),
        (f"mov %rax, (%rsp, %rsi, 8); {TDCALL}; ret", "is not one region's base plus a constant"),
        (f"mov $0x7fff, %eax; {TDCALL}; ret", "leaf 0x7fff is not in the catalogue"),
        (".byte 0x66, 0x0f, 0x01, 0xce; ret", "seamops runs only inside the TDX module and is not modelled"),
        (f"{TDCALL}; .byte 0x06", "are not an instruction"),
        (f"{TDCALL}; nop", "execution leaves the image"),
    ],
)
def test_a_path_that_is_not_followed_is_named(body: str, message: str, tmp_path: Path) -> None:
    """Unsupported instruction, symbolic jump, unbounded loop, unknown address: incomplete, with its place."""
    report = prove([function(tmp_path, body)], Options(contracts=("seed",), steps=500))
    assert report.status in {Status.INCOMPLETE, Status.REFUTED}
    assert report.exit_status != 0
    (complete,) = [one for one in report.verdicts if one.obligation == "complete"]
    assert complete.status is Status.INCOMPLETE
    assert message in complete.message
    assert complete.location is not None
    assert complete.location.symbol == "my_vmcall" or message == "execution leaves the image"
    about_all_paths = {"covers/call", "memory/reads", "memory/writes", "control/target"}
    statuses = {one.obligation: one.status for one in report.verdicts}
    assert not any(statuses[name] is Status.PROVED for name in about_all_paths - {"covers/call"})
    assert not any(site.covered for site in report.sites)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("rdpmc", "instruction 'rdpmc' is not modelled"),
        ("test %rdi, %rdi; jz 1f; jmp *%rdi; 1:", "jumps to arg.rdi, a target that is not known"),
        ("sub $64, %rsp; 1: movb $0, (%rsp,%rdi); dec %rdi; jnz 1b; add $64, %rsp", "constant"),
    ],
    ids=["unsupported instruction", "symbolic jump", "unbounded loop"],
)
def test_the_command_ends_with_3_where_a_path_is_not_followed(body: str, message: str, tmp_path: Path) -> None:
    right = f"xor %eax, %eax; mov $0xc00, %ecx; xor %r10d, %r10d; mov $12, %r11d; {TDCALL}; ret"
    found = undecided(function(tmp_path, f"{body}\n{right}"))
    assert message in found["complete"]


# -- budgets -----------------------------------------------------------------------------------------------------------


def test_a_solver_budget_that_is_spent_is_unknown(halt: Path) -> None:
    """The correct wrapper, with one work step of Z3 for each query: some obligations stay open, the site uncovered."""
    found = undecided(halt, "--budget-rlimit", "1")
    assert "the solver gave no answer within its budget" in found["covers/return"]
    status, out, _ = clean("prove", halt, "--budget-rlimit", "1", "--format", "json", "--contracts", "seed")
    assert json.loads(out)["summary"]["unknown"] > 0
    assert status == 3


def test_no_solver_budget_turns_a_refutation_into_a_proof(tmp_path: Path) -> None:
    path = compile_to(tmp_path, WRONG)
    seen = set()
    for rlimit in (1, 10, 100, 500, 1000, 2000, 5000, 10**4, 10**5, 10**6):
        report = prove([path], Options(contracts=("seed",), rlimit=rlimit))
        (wrong,) = [one for one in report.verdicts if one.obligation == "preserves/r12"]
        assert wrong.status in {Status.UNKNOWN, Status.REFUTED}, rlimit
        assert report.exit_status == (1 if Status.REFUTED in {one.status for one in report.verdicts} else 3)
        seen.add(wrong.status)
    assert seen == {Status.UNKNOWN, Status.REFUTED}


@pytest.mark.parametrize(
    ("option", "count", "message"),
    [
        ("--budget-steps", "3", "more than 3 instructions on one path"),
        ("--budget-paths", "1", "more than 1 paths"),
    ],
)
def test_an_exploration_budget_that_is_spent_is_incomplete(halt: Path, option: str, count: str, message: str) -> None:
    found = undecided(halt, option, count)
    assert message in found["complete"]
    assert {"leaf", "preserves/r12", "returns/rax", "memory/writes"} <= set(found)


def test_budgets_that_are_no_budgets(halt: Path) -> None:
    for option in ("--budget-steps", "--budget-paths", "--budget-rlimit"):
        for value in ("0", "-1", "all"):
            status, out, error = clean("prove", halt, option, value)
            assert (status, out) == (2, "")
            assert option in error


# -- the machine around it ---------------------------------------------------------------------------------------------


def test_no_compiler_for_the_demo(tmp_path: Path) -> None:
    found = complaint("demo", changes={"PATH": str(tmp_path)})
    assert found.startswith(
        "no C compiler (cc or gcc) is installed: the demo assembles its examples with it; install gcc"
    )
    found = complaint("demo", changes={"CC": "no-such-compiler -O2"})
    assert found.startswith("CC=no-such-compiler -O2 is not installed: the demo assembles its examples with it")


def test_a_compiler_that_fails(tmp_path: Path) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'x.S:1: error: out of order' >&2\nexit 1\n")
    broken.chmod(0o755)
    found = complaint("demo", changes={"CC": str(broken)})
    assert f"{broken} -c -g" in found
    assert "x.S:1: error: out of order" in found


@pytest.mark.parametrize("status", [0, 1])
def test_a_library_that_ends_the_process_gives_no_verdict(status: int) -> None:
    """Unicorn calls exit(1) when it gets no memory, which would read as a refutation, and exit(0) as a proof."""
    text = f"import ctypes; from tdxprove import cli; cli.run = lambda _: ctypes.CDLL(None).exit({status}); cli.main()"
    done = run([sys.executable, "-c", text])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert done.stderr.startswith("tdxprove: internal error: a library ended the process")


def test_an_output_that_cannot_be_written(tmp_path: Path, halt: Path) -> None:
    (tmp_path / "folder").mkdir()
    before = halt.read_bytes()
    places = {
        tmp_path / "missing" / "report": "cannot be written: No such file or directory",
        tmp_path / "folder": "it is a directory, expected the name of a file to write",
        halt: "this is an input file, expected another name",
        Path("/dev/full"): "it is not a regular file",
        Path("/proc/report"): "cannot be written",
    }
    for place, expected in places.items():
        found = complaint("prove", halt, "--output", place)
        assert found.startswith(f"--output {place}: ")
        assert expected in found
    assert halt.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "halt-plain.o"]


def test_a_file_size_limit_leaves_the_old_report(tmp_path: Path, halt: Path) -> None:
    """The disk is full (here: a limit) while the report is written: the old one stays, no part of the new one."""
    report = tmp_path / "report.json"
    report.write_text("old")
    command = words("prove", halt, "--format", "json", "--jobs", "1", "--output", report)
    limited = ["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh", *command]
    done = run(limited, {"PYTHONDONTWRITEBYTECODE": "1"})
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert f"--output {report}: cannot be written" in done.stderr
    assert report.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["halt-plain.o", "report.json"]


@pytest.mark.parametrize(("source", "form"), [(HALT, "text"), (WRONG, "json")], ids=["proved", "refuted"])
def test_a_report_that_nobody_gets_is_no_verdict(tmp_path: Path, source: Path, form: str) -> None:
    """Standard output is full, its reader gone, or it is closed: 2, which is neither 0 (proved) nor 1 (refuted)."""
    command = words("prove", compile_to(tmp_path, source), "--format", form, "--jobs", "1")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
    message = "tdxprove: error: standard output did not take everything: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, message)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (2, message.replace("No space left on device", "Broken pipe"))
    done = run(["sh", "-c", 'exec "$@" >&-', "sh", *command])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "standard output is closed" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_reader_that_stops_in_the_middle(tmp_path: Path, unbuffered: str) -> None:
    """`| head -1`: what was written is only a part, so it is no verdict, however Python buffers."""
    command = words("prove", compile_to(tmp_path, HALT), "--format", "json", "--contracts", "seed", "--jobs", "1")
    changes = {"PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(changes), pipesize=4096
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 1) == b"{"
        process.stdout.close()
        error = process.stderr.read().decode()
    expected = "tdxprove: error: standard output did not take everything: Broken pipe\n"
    assert (process.returncode, error) == (2, expected)


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_file_size_limit_behind_standard_output(tmp_path: Path, unbuffered: str) -> None:
    """The disk takes one part of the report and not the rest: no verdict."""
    command = words("prove", compile_to(tmp_path, HALT), "--format", "json", "--contracts", "seed", "--jobs", "1")
    limited = ["sh", "-c", 'ulimit -f 4; trap "" XFSZ; exec "$@" > "$OUT"', "sh", *command]
    changes = {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1", "OUT": str(tmp_path / "report")}
    done = run(limited, changes)
    assert done.returncode == 2
    assert done.stderr == "tdxprove: error: standard output did not take everything: File too large\n"


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------

COUNTS = f"mov $-1, %rcx\n1: dec %rcx; jnz 1b\n{TDCALL}\nret"
"""A loop with a known bound that no machine reaches."""


def session(leader: int) -> Iterator[int]:
    """Processes of a session that are not over."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, number = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(number) == leader and state != "Z":
                yield int(entry.name)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Until it holds, or the test fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def proving(process: subprocess.Popen[str], jobs: int) -> bool:
    """Are all its workers there, and at work (angr and Z3 loaded)?"""
    running = list(session(process.pid))
    if len(running) < (1 if jobs == 1 else 1 + jobs):
        return False
    maps = [Path(f"/proc/{number}/maps").read_text() for number in running]
    return all("libz3" in text and "unicorn" in text for text in maps)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "kill"])
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(tmp_path: Path, jobs: int, whole_group: bool) -> None:
    """Exit status 3, one line, no worker left behind, and the output file as it was: there was none."""
    objects = [function(tmp_path, COUNTS, f"loop{number}") for number in range(4)]
    kept = sorted(tmp_path.iterdir())
    command = words("prove", *objects, "--jobs", str(jobs), "--budget-steps", str(10**9), "--format", "json",
                    "--output", tmp_path / "report.json")  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        try:
            wait_for(lambda: process.poll() is not None or proving(process, jobs))
            time.sleep(0.5)
            assert process.poll() is None
            began = time.monotonic()
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
            out, error = process.communicate(timeout=20)
            took = time.monotonic() - began
            wait_for(lambda: not list(session(process.pid)), 5)
        finally:
            for number in list(session(process.pid)):
                os.kill(number, signal.SIGKILL)
    assert (process.returncode, out, error) == (3, "", "tdxprove: interrupted, nothing is proved\n")
    assert took < 10
    assert sorted(tmp_path.iterdir()) == kept


def test_a_worker_that_is_killed_is_no_verdict(tmp_path: Path) -> None:
    """The kernel kills a worker (out of memory): neither waited for for ever nor taken for an answer."""
    objects = [function(tmp_path, COUNTS, f"loop{number}") for number in range(2)]
    command = words("prove", *objects, "--jobs", "2", "--budget-steps", str(10**9), "--output", tmp_path / "report")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        try:
            wait_for(lambda: process.poll() is not None or proving(process, 2))
            os.kill(max(session(process.pid)), signal.SIGKILL)
            _, error = process.communicate(timeout=20)
        finally:
            for number in list(session(process.pid)):
                os.kill(number, signal.SIGKILL)
    assert process.returncode == 4
    assert error.count("\n") == 1
    assert "Traceback" not in error
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(("taken", "status"), [("jne", Status.PROVED), ("je", Status.INCOMPLETE)])
def test_what_stops_a_path_that_nothing_leads_to_stops_no_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str, status: Status
) -> None:
    """A branch is followed where the solver is asked too little to see that it is never taken."""
    monkeypatch.setattr(Solver, "possible", lambda *_: True)
    call = f"xor %r10d, %r10d; mov $12, %r11d; mov $0xc00, %ecx; xor %eax, %eax; {TDCALL}"
    body = f"test %rdi, %rdi; jne 1f; test %rdi, %rdi; {taken} 2f; 1: {call}; ret; 2: wrmsr; jmp 1b"
    report = prove([function(tmp_path, body)], Options())
    assert report.status is status
    cut = [verdict.message for verdict in report.verdicts if verdict.obligation == "complete"]
    assert ("wrmsr" in cut[0]) is (status is Status.INCOMPLETE)
