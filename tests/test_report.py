"""Reports as text and as JSON, from findings made by hand."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from tdxprove.check import prove
from tdxprove.folding import folded
from tdxprove.page import Page
from tdxprove.report import PathCount, Report, Site
from tdxprove.report_json import render_json, to_json
from tdxprove.report_text import render_text
from tdxprove.selection import Options
from tdxprove.specfile import specs_root
from tdxprove.verdict import Counterexample, Location, Status, Verdict
from tests.helpers import TDCALL, function

MESSAGE = "r13 differs from its value at entry"
RUN = Counterexample(
    entry={"entry.rsp": 0x7FFE_0000_7FF8, "arg.size": 0, "entry.r13": 0},
    answers={"vmm.0.r13": 8},
    shows=(("r13 at entry", 0), ("r13 at return", 8)),
    second={"stack[-0x18]": 1},
    outcomes=("tdcall: completed",),
)


def verdict(obligation: str, status: Status = Status.PROVED, **more: Any) -> Verdict:
    base = Verdict("x.o", "tdvmcall_map_gpa", "0x0", "seed", obligation, status, more.pop("message", ""))
    return replace(base, **more)


def site(*, covered: bool) -> Site:
    return Site("x.o", "0x2d", "tdcall", "tdvmcall_map_gpa", "seed", covered)


def report(*verdicts: Verdict, covered: bool = True) -> Report:
    paths = PathCount("x.o", "tdvmcall_map_gpa", "seed", (("panicked", 1), ("returned", 1)))
    return Report(verdicts, (site(covered=covered),), (paths,), ("the TD has NO_RBP_MOD",))


PROVED = report(verdict("leaf"), verdict("preserves/r13"))
REFUTED = report(
    verdict("leaf"),
    verdict(
        "preserves/r13",
        Status.REFUTED,
        message=MESSAGE,
        location=Location("tdvmcall_map_gpa", 0x3A, "0x3a", ("map_gpa.S", 41)),
        counterexample=RUN,
        replayed=True,
    ),
    covered=False,
)
INCOMPLETE = report(
    verdict("complete", Status.INCOMPLETE, message="cpuid is not modelled", location=Location(None, 0, "0x11")),
    *(verdict(f"preserves/r{n}", Status.INCOMPLETE, message="see complete", implied=True) for n in range(8, 14)),
    covered=False,
)
EMPTY = Report((), (), (), ())
ALL = {"proved": PROVED, "refuted": REFUTED, "incomplete": INCOMPLETE, "empty": EMPTY}


def text(of: Report, *, width: int | None = None, colour: bool = False, verbose: bool = False) -> str:
    return render_text(of, Page(colour, width), verbose)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (
            "proved",
            "proved: 1 function keeps its contract",
            "proved: 2 obligations; 1 call site, 0 uncovered (exit status 0)",
        ),
        (
            "refuted",
            "refuted: 1 of 1 function breaks its contract",
            "refuted: 1 of 2 obligations; 1 call site, 1 uncovered (exit status 1)",
        ),
        (
            "incomplete",
            "undecided: 1 of 1 function not proved",
            "undecided: 7 incomplete of 7 obligations; 1 call site, 1 uncovered (exit status 3)",
        ),
        (
            "empty",
            "undecided: nothing to prove, no TDX instruction and no function with a contract",
            "undecided: 0 obligations; 0 call sites, 0 uncovered (exit status 3)",
        ),
    ],
)
def test_the_verdict_comes_first_and_the_counts_last(name: str, first: str, last: str) -> None:
    lines = text(ALL[name]).splitlines()
    assert (lines[0], lines[-1]) == (first, last)


def test_a_function_has_one_line() -> None:
    line = "proved  tdvmcall_map_gpa  (seed)  2 obligations, 2 paths: 1 panicked, 1 returned"
    assert text(PROVED).splitlines()[2] == line


def test_a_refutation_is_shown_in_the_style_of_a_compiler_with_its_run() -> None:
    lines = text(REFUTED).splitlines()
    start = lines.index(f"x.o: tdvmcall_map_gpa+0x3a (0x3a, map_gpa.S:41): error: {MESSAGE} [preserves/r13]")
    shown = lines[start + 1 : lines.index("", start)]
    assert shown == [
        "  entry state:",
        "    entry.rsp  = 0x7ffe00007ff8",
        "    zero: arg.size, entry.r13",
        "  TDX calls: tdcall: completed",
        "  answers of the VMM or the TDX module:",
        "    vmm.0.r13  = 0x8",
        "  compared with a second run that starts with:",
        "    stack[-0x18]  = 0x1",
        "  which shows:",
        "    r13 at entry   = 0x0",
        "    r13 at return  = 0x8",
        "  rerun: tdxprove prove x.o --symbol tdvmcall_map_gpa --contracts seed",
    ]
    assert "x.o: tdvmcall_map_gpa (0x2d): uncovered: no proved function accounts for this tdcall" in lines


def test_what_hangs_on_an_incomplete_path_is_folded() -> None:
    shown = text(INCOMPLETE)
    assert "x.o: 0x11: incomplete: cpuid is not modelled [tdvmcall_map_gpa: complete]" in shown
    assert "  and 6 obligations that hang on complete: preserves/r8, preserves/r9, preserves/r10, ...\n" in shown
    assert "preserves/r13" not in shown
    assert "preserves/r13" in text(INCOMPLETE, verbose=True)


def test_verbose_lists_what_is_proved() -> None:
    assert "    proved  preserves/r13\n" in text(PROVED, verbose=True)
    assert "preserves/r13" not in text(PROVED)


def test_a_rerun_keeps_the_options_that_matter() -> None:
    shown = render_text(REFUTED, Page(), options=["--contracts", "./my set.yaml", "--rbp-mod"])
    assert "--symbol tdvmcall_map_gpa --contracts './my set.yaml' --rbp-mod\n" in shown


@pytest.mark.parametrize(
    ("name", "file"),
    {
        "lib.a(x.o)": "lib.a",
        "OVMF.fd(TdxDxe)": "OVMF.fd",
        "vmlinuz-6.12+1(boot)": "vmlinuz-6.12+1",
        "x.o": "x.o",
    }.items(),
)
def test_a_rerun_names_the_file_around_a_member(name: str, file: str) -> None:
    member = replace(REFUTED.verdicts[1], file=name, contract="generic")
    shown = text(replace(REFUTED, verdicts=(member,)))
    assert f"rerun: tdxprove prove {file} --symbol tdvmcall_map_gpa\n" in shown


def test_a_rerun_of_a_file_whose_name_ends_as_a_member_does(tmp_path: Path) -> None:
    odd = tmp_path / "copy (1)"
    odd.touch()
    shown = text(replace(REFUTED, verdicts=(replace(REFUTED.verdicts[1], file=str(odd)),)))
    assert f"rerun: tdxprove prove '{odd}' --symbol" in shown


def test_without_a_terminal_there_is_no_colour_and_no_wrapping() -> None:
    long = replace(REFUTED.verdicts[1], message="word " * 100)
    shown = text(replace(REFUTED, verdicts=(long,)))
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) > 500


@pytest.mark.parametrize("width", [80, 100, 120])
def test_on_a_terminal_words_stay_whole(width: int) -> None:
    long = replace(REFUTED.verdicts[1], symbol="a_rather_long_name_" * 6, message="word " * 60)
    shown = text(replace(REFUTED, verdicts=(long,)), width=width)
    words = {word for line in text(replace(REFUTED, verdicts=(long,))).splitlines() for word in line.split()}
    assert {word for line in shown.splitlines() for word in line.split()} == words
    assert all(len(line) <= width for line in shown.splitlines() if "a_rather_long_name" not in line)


def test_colour_only_when_asked_for() -> None:
    assert "\x1b[1;31m" in text(REFUTED, colour=True)


def test_a_symbol_cannot_forge_lines_or_drive_the_terminal() -> None:
    evil = replace(REFUTED.verdicts[1], symbol="a\nproved: everything\x1b[2J\u202e", location=None)
    shown = text(replace(REFUTED, verdicts=(evil,)))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert not any(line.startswith("proved: everything") for line in shown.splitlines())


# -- JSON --------------------------------------------------------------------------------------------------------------


def validate(data: object) -> None:
    schema = json.loads((specs_root() / "schema" / "report.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(data)


@pytest.mark.parametrize("name", list(ALL))
def test_json_follows_its_schema(name: str) -> None:
    data = json.loads(render_json(ALL[name]))
    validate(data)
    assert data["exit_status"] == ALL[name].exit_status


def test_the_schema_is_strict() -> None:
    data = to_json(REFUTED)
    data["verdicts"][0]["extra"] = 1
    with pytest.raises(ValidationError):
        validate(data)


def test_json_holds_what_the_report_holds() -> None:
    data = to_json(REFUTED)
    assert data["summary"] == {
        "proved": 1, "refuted": 1, "vacuous": 0, "incomplete": 0, "unknown": 0, "sites": 1, "uncovered": 1,
    }  # fmt: skip
    found = data["verdicts"][1]
    assert found["location"] == {
        "file": "x.o", "symbol": "tdvmcall_map_gpa", "offset": 0x3A, "address": "0x3a",
        "line": {"file": "map_gpa.S", "line": 41},
    }  # fmt: skip
    assert found["counterexample"]["answers"] == {"vmm.0.r13": "0x8"}
    assert found["counterexample"]["shows"][1] == {"what": "r13 at return", "value": "0x8"}
    assert data["paths"][0]["ends"] == {"panicked": 1, "returned": 1}


def test_json_does_not_depend_on_the_order_of_the_findings() -> None:
    backwards = replace(REFUTED, verdicts=REFUTED.verdicts[::-1])
    assert render_json(backwards) == render_json(REFUTED)
    assert render_json(REFUTED).isascii()


# -- which contract sets, and why --------------------------------------------------------------------------------------


def test_the_sets_stand_below_the_verdict() -> None:
    """One line for each kind of file, before anything that is judged by them."""
    lines = text(replace(PROVED, contracts=("seed: why", "none: because"))).splitlines()
    assert lines[1:3] == ["contracts: seed: why", "contracts: none: because"]
    assert to_json(replace(PROVED, contracts=("b", "a")))["contracts"] == ["a", "b"]


def built(folder: Path, banner: str | None) -> Path:
    """An object with a halt, and with the string by which a kernel says what it is."""
    named = "" if banner is None else f'.section .rodata\n.globl linux_banner\nlinux_banner:\n.asciz "{banner}"\n'
    source = folder / "kernel.s"
    source.write_text(
        f".text\n.globl f\n.type f, @function\nf:\nxor %eax, %eax\n{TDCALL}\nret\n.size f, . - f\n{named}"
    )
    subprocess.run(["gcc", "-c", source, "-o", folder / "kernel.o"], check=True)
    return folder / "kernel.o"


@pytest.mark.parametrize(
    ("banner", "named", "expected"),
    [
        (
            "Linux version 6.6.30-1-lts (root@host) (gcc 13)",
            (),
            "none: no bundled set is for Linux 6.6.30-1-lts, there are",
        ),
        (
            "Linux version 6.6.3",
            (),
            "none: no bundled set is for Linux 6.6.3, there are some for 6.1, 6.12, 6.16, 6.17, 6.18, 6.19, 7",
        ),
        ("Linux version 7.1.4-amd64 (debian)", (), "linux-6.18: the set for Linux 7.1.4-amd64"),
        (
            "a kernel of somebody's own, without a version",
            (),
            "none: no bundled set is for Linux a, there are some for",
        ),
        (None, (), "edk2, seed: the sets for files that are no Linux kernel (without linux_banner)"),
        (None, ("linux-6.12",), None),
        ("Linux version 6.12.9 (debian)", ("linux-6.12",), None),
        (
            "Linux version 6.6.30 (root)",
            ("linux-6.12", "seed"),
            "is Linux 6.6.30, the sets that were asked for are others",
        ),
    ],
)
def test_a_report_says_which_sets_were_used_and_why(
    tmp_path: Path, banner: str | None, named: tuple[str, ...], expected: str | None
) -> None:
    found = prove([built(tmp_path, banner)], Options(contracts=named)).contracts
    assert len(found) == (0 if expected is None else 1)
    assert expected is None or expected in found[0]
    assert expected is None or not expected.startswith("none") or "judged by the generic contract" in found[0]


def test_what_lies_below_rsp_is_explained_once() -> None:
    below = replace(RUN, entry={**RUN.entry, "below_rsp.3": 0x10})
    changed = tuple(replace(v, counterexample=below) if v.counterexample else v for v in REFUTED.verdicts)
    said = " ".join(text(replace(REFUTED, verdicts=(*changed, *changed)), width=100).split())
    assert said.count("kernel code has no red zone, and is built with -mno-red-zone") == 1
    assert "red zone" not in text(REFUTED)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["panic does not return", "the loop ends"], ["panic does not return", "the loop ends"]),
        (["f does not return", "x", "g does not return"], ["each of f and g does not return", "x"]),
        (["f, handed a, keeps it", "g, handed a, keeps it"], ["each of f and g, handed a, keeps it"]),
        (["the WARN at a+1 goes on", "the WARN at b+2 goes on"], ["the WARN at each of a+1 and b+2 goes on"]),
        (["f has 8 bytes", "g has 16 bytes"], ["f has 8 bytes", "g has 16 bytes"]),
        (["f has 8 bytes", "f has 16 bytes"], ["f has 8 bytes", "f has 16 bytes"]),
        (["one two three four five", "one two three four six"], ["one two three four five", "one two three four six"]),
    ],
)
def test_statements_that_differ_in_their_subject_are_one(statements: list[str], expected: list[str]) -> None:
    assert folded(statements) == expected


@given(
    st.lists(
        st.lists(st.sampled_from(["f", "g,", "is", "not", "8", "followed:"]), max_size=5).map(" ".join), unique=True
    )
)
def test_no_word_of_a_statement_is_lost(statements: list[str]) -> None:
    one, names = folded(statements), [word.rstrip(",:") for text in statements for word in text.split()]
    assert len(one) <= len(statements)
    assert {word.rstrip(",:") for text in one for word in text.split()} >= set(names)


def test_a_report_folds_what_its_proofs_rest_on(tmp_path: Path) -> None:
    call = f"xor %r10d, %r10d; mov $12, %r11d; mov $0xc00, %ecx; xor %eax, %eax; {TDCALL}"
    found = prove([function(tmp_path, f"push %rbx; call other; call another; {call}; pop %rbx; ret")], Options())
    assert "  - each of another and other is outside the image: it keeps the calling" in render_text(found, Page())
    assert sum("is outside the image" in line for line in found.assumptions) == 2
