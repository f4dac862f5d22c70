"""The bundled catalogues hold what they should, and a file that contradicts itself is refused where it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tdxprove import specfile
from tdxprove.catalogue import Catalogue, load_catalogue, read_catalogue
from tdxprove.errors import SpecError
from tdxprove.registers import GPRS, mask_of
from tdxprove.specfile import load_spec, specs_root

NUMBERS = {
    "tdcall": [*range(13), 18, 20, *range(22, 28), 29, 30, 33, *range(64, 73), 254],
    "tdvmcall": [
        *(10, 12, 30, 31, 32, 48, 54, 65),
        *(0x10000, 0x10001, 0x10002, 0x10003, 0x10004, 0x10005),
        *(0x10006, 0x10006, 0x10006, 0x10006),
    ],
    "seamcall": [
        *(*range(46), 48, 49, 52, 53, 58, 59, 64, 65, 66, 68, 69, *range(70, 76), *range(80, 88), *range(92, 98)),
        *(*range(128, 141), *range(150, 167), 254),
        *range(1 << 63, (1 << 63) + 4),
    ],
}
NUMBERLESS = {
    "tdcall": ["TDG.TDI.START"],
    "tdvmcall": ["TDCM", "Vendor.HyperV.Hypercall", "Vendor.KVM.Hypercall"],
    "seamcall": [],
}
MASKS = {
    "Instruction.CPUID": 0xFC00,
    "Instruction.HLT": 0x1C00,
    "Instruction.IO": 0xFC00,
    "Instruction.RDMSR": 0x1C00,
    "Instruction.WRMSR": 0x3C00,
    "#VE.RequestMMIO": 0xFC00,
    "Instruction.WBINVD": 0x1C00,
    "Instruction.PCONFIG": 0xC00,
    "GetTdVmCallInfo": 0x7C00,
    "MapGPA": 0x3C00,
    "GetQuote": 0x3C00,
    "ReportFatalError": 0x3C00,
    "SetupEventNotifyInterrupt": 0x1C00,
    "Service": 0xFC00,
    "MigTD.WaitForRequest": 0xFC00,
    "MigTD.ReportStatus": 0xFC88,
    "MigTD.Send": 0xFC08,
    "MigTD.Receive": 0xFC08,
    "TDCM": 0xFC00,
    "Vendor.HyperV.Hypercall": 0xD04,
    "Vendor.KVM.Hypercall": 0x7C00,
}
UNCONFIRMED = {
    "tdcall": {29, 30, 33, 71, 254},
    "tdvmcall": {0x41, 0x10006},
    "seamcall": {42, 69, 92, 93, 94, 95, 97, *range(128, 141), *range(150, 167)},
}


@pytest.fixture(params=sorted(NUMBERS))
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load_catalogue(request.param)


def test_numbers_are_complete(catalogue: Catalogue) -> None:
    numbers = sorted(leaf.number for leaf in catalogue.leaves.values() if leaf.number is not None)
    assert numbers == sorted(NUMBERS[catalogue.instruction])
    assert [leaf.name for leaf in catalogue.leaves.values() if leaf.number is None] == NUMBERLESS[catalogue.instruction]


def test_unconfirmed_entries_say_so(catalogue: Catalogue) -> None:
    numbered = {leaf.number for leaf in catalogue.leaves.values() if leaf.unconfirmed and leaf.number is not None}
    assert numbered == UNCONFIRMED[catalogue.instruction]
    assert all(leaf.unconfirmed or leaf.vendor for leaf in catalogue.leaves.values() if leaf.number is None)


def test_every_entry_can_be_found_and_traced(catalogue: Catalogue) -> None:
    lines = (specs_root() / "abi" / f"{catalogue.instruction}.yaml").read_text(encoding="utf-8").splitlines()
    for leaf in catalogue.leaves.values():
        assert lines[leaf.line - 1].strip().strip('":') == leaf.name
        assert {source.partition(":")[0] for source in leaf.sources} <= set(catalogue.sources)
        assert "rax" in leaf.modified
        assert "rsp" not in leaf.modified


def test_encoding(catalogue: Catalogue) -> None:
    assert catalogue.encoding.hex() == ("660f01cf" if catalogue.instruction == "seamcall" else "660f01cc")


def test_minimal_masks() -> None:
    leaves = load_catalogue("tdvmcall").leaves
    assert {name: leaf.mask for name, leaf in leaves.items()} == MASKS
    assert dict(leaves["ReportFatalError"].variants) == {"code": 0x1C00, "gpa": 0x3C00, "message": 0xFFCC}
    assert dict(leaves["Instruction.IO"].variants) == {"read": 0x7C00, "write": 0xFC00}


def test_minimal_masks_select_the_operands_and_nothing_else() -> None:
    for leaf in load_catalogue("tdvmcall").leaves.values():
        used = {operand.register for operand in leaf.inputs + leaf.outputs}
        everywhere = leaf.mask or 0
        for mask in leaf.variants.values():
            everywhere |= mask
        assert mask_of(used) == everywhere, leaf.name


def test_implied_operands() -> None:
    leaves = load_catalogue("tdvmcall").leaves
    values = {operand.register: operand.value for operand in leaves["MapGPA"].inputs}
    assert values == {"r10": 0, "r11": 0x10001, "r12": None, "r13": None}
    assert [o.register for o in leaves["Vendor.HyperV.Hypercall"].outputs] == ["r11"]
    assert {o.register: o.value for o in leaves["TDCM"].inputs}["r11"] is None


def test_migtd_calls_share_a_number_and_differ_in_r12() -> None:
    leaves = load_catalogue("tdvmcall").by_number(0x10006)
    assert [leaf.selector for leaf in leaves] == [("r12", 15, 0, value) for value in (1, 2, 3, 4)]
    assert load_catalogue("tdvmcall").by_number(0x10007) == ()


def test_leaves_that_change_nearly_everything() -> None:
    everything = frozenset(GPRS) - {"rsp"}
    assert load_catalogue("tdcall").leaves["TDG.VP.ENTER"].modified == everything
    assert load_catalogue("seamcall").leaves["TDH.VP.ENTER"].modified == everything
    assert load_catalogue("seamcall").leaves["TDH.DMAR.READ"].modified == everything  # nothing is known about it
    assert load_catalogue("tdcall").leaves["TDG.VP.VMCALL"].modified == everything - {"rcx"}
    assert load_catalogue("tdcall").leaves["TDG.VP.INFO"].modified >= {"rax", "rcx", "rdx", "r8", "r9", "r10", "r11"}


def test_statuses_are_in_the_table() -> None:
    for name in ("tdcall", "tdvmcall"):
        catalogue = load_catalogue(name)
        for leaf in catalogue.leaves.values():
            for status in leaf.statuses:
                code = status.partition(" ")[0].partition("|")[0]
                assert code in catalogue.status_codes or code.endswith("*"), (leaf.name, status)


def test_unknown_catalogue() -> None:
    with pytest.raises(SpecError, match="no catalogue 'seamops', expected one of tdcall, tdvmcall, seamcall"):
        load_catalogue("seamops")


def test_what_is_noted_as_checked_has_been_checked_as_it_is_now() -> None:
    script = Path(__file__).parents[1] / "scripts" / "check_specs.py"
    done = subprocess.run([sys.executable, str(script), "--dry-run"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or "a specification has changed: run `make specs`"


@pytest.mark.parametrize("schema", ["catalogue", "contracts"])
def test_only_the_very_bytes_and_the_very_schema_that_have_passed_are_not_checked_again(
    schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = specs_root() / ("abi/tdcall.yaml" if schema == "catalogue" else "contracts/seed.yaml")
    checks: list[str] = []
    monkeypatch.setattr(specfile, "_check", lambda _document, name: checks.append(name))
    for content, other_schema, checked in (
        (bundled.read_bytes(), schema, False),
        (bundled.read_bytes() + b"\n", schema, True),
        (bundled.read_bytes(), "convention", True),
    ):
        (tmp_path / "mine.yaml").write_bytes(content)
        checks.clear()
        load_spec(tmp_path / "mine.yaml", other_schema)
        assert checks == [other_schema] * checked
    load_spec(bundled, schema, again=True)
    assert checks == ["convention", schema]


def test_schema_is_a_schema() -> None:
    for path in (specs_root() / "schema").glob("catalogue*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


VALID = """\
schema: tdxprove.catalogue/1
instruction: tdvmcall
encoding: "66 0f 01 cc"
sources: {A: where it is from}
implied:
  inputs:
    r10: {meaning: call type, value: 0}
    r11: {meaning: sub-function, value: number}
  outputs:
    r10: {when: always, meaning: status}
status_codes: {SUCCESS: 0}
entries:
  One:
    number: 0x1
    since: "1.0"
    inputs:
      r12: {meaning: selector}
    outputs:
      r13: {when: success, meaning: result}
    mask: 0x3c00
    statuses: [SUCCESS]
    source: [A]
  Two:
    number: 0x2
    since: "1.0"
    selector: {register: r12, bits: "15:0", value: 1}
    inputs:
      r12: {meaning: selector}
    mask: 0x1c00
    statuses: [SUCCESS]
    source: ["A:page 7"]
"""
LEAF = """\
schema: tdxprove.catalogue/1
instruction: tdcall
encoding: "66 0f 01 cc"
sources: {A: where it is from}
implied: {inputs: {}, outputs: {}}
status_codes: {SUCCESS: 0}
entries:
  One:
    number: 1
    since: "1.0"
    outputs:
      rcx: {when: success, meaning: result}
    exits:
      left:
        when: it was left
        outputs:
          rdx: {meaning: result}
    modified: [rax, rcx, rdx]
    source: [A]
"""


def refusal(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SpecError) as caught:
        read_catalogue(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_the_files_that_are_mutated_below_are_valid(tmp_path: Path) -> None:
    for text in (VALID, LEAF, VALID.replace("\n", "\r\n"), "\ufeff" + VALID):
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        assert read_catalogue(path).leaves["One"].number == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number: 0x2", "number: 0x1", ":24: entries.Two.number: 0x1 is also the number of One, expected it once"),
        ("mask: 0x3c00", "mask: 0x3c01", ":20: entries.One.mask: mask 0x3c01 has bits that must be clear (0)"),
        ("mask: 0x3c00", "mask: 0x3c12", ":20: entries.One.mask: mask 0x3c12 has bits that must be clear (1, 4)"),
        ("mask: 0x3c00", "mask: 0x3c20", ":20: entries.One.mask: mask 0x3c20 has bits that must be clear (5)"),
        ("mask: 0x3c00", "mask: 0x100003c00", ":20: entries.One.mask: mask 0x100003c00 has bits that must be clear (3"),
        ("mask: 0x3c00", "mask: -1", ":20: entries.One.mask: -1 is not accepted, expected at least 0"),
        ("mask: 0x3c00", "mask: 0x1c00", ":19: entries.One.outputs.r13: r13 is outside mask and variants, expected bi"),
        ("mask: 0x3c00", "mask: 0x2c00", ":17: entries.One.inputs.r12: r12 is outside mask and variants, expected bit"),
        ("mask: 0x3c00", "mask: 0x7c00", ":20: entries.One.mask: mask 0x7c00 selects r14, expected inputs and outputs"),
        ("mask: 0x3c00", "mask: 0x3000", ":16: entries.One.inputs.r10: r10 is outside mask and variants, expected bit"),
        (
            "mask: 0x3c00",
            "mask: 0x3c00\n    variants: {few: 0x3000}",
            ":21: entries.One.variants.few: mask 0x3000 lacks r10 or r11, expected both",
        ),
        ("mask: 0x3c00", "mask: many", ":20: entries.One.mask: 'many' is text, expected an integer"),
        ("mask: 0x3c00", "mask: true", ":20: entries.One.mask: True is a truth value, expected an integer"),
        ("    mask: 0x3c00\n", "", ":13: entries.One: key mask is missing, expected number, since, mask"),
        ("    mask: 0x3c00", "    masks: 0x3c00", ":20: entries.One.masks: unknown key, expected one of number, since"),
        ("[A]", "[A]\n    modified: [rax]", ":23: entries.One.modified: unknown key, expected one of number"),
        ("meaning: result", "mean: result", ":19: entries.One.outputs.r13.mean: unknown key, expected one of meaning"),
        ("{when: success, ", "{", ":19: entries.One.outputs.r13: key when is missing, expected meaning, when"),
        ("r13: {when", "r16: {when", ":19: entries.One.outputs.r16: unknown key, expected one of rax, rcx"),
        ("r13: {when", "RAX: {when", ":19: entries.One.outputs.RAX: unknown key, expected one of rax, rcx"),
        ("r13: {when", "rsp: {when", ":19: entries.One.outputs.rsp: unknown key, expected one of rax, rcx"),
        ("source: [A]", "source: [A, B]", ":22: entries.One.source[1]: source B is not defined, expected a tag of sou"),
        ("source: [A]", "source: []", ":22: entries.One.source: [] is not accepted, expected at least 1 of them"),
        ("source: [A]", "source: [a page]", ":22: entries.One.source[0]: 'a page' is not accepted, expected text that"),
        ("{A: where", "{a: where", ":4: sources.a: 'a' is not accepted, expected text that matches"),
        ("status_codes: {", "status_source: [B]\nstatus_codes: {", ":11: status_source[0]: source B is not defined"),
        ("{meaning: selector}", "{meaning: x, format: y}", ":17: entries.One.inputs.r12.format: format y is not defin"),
        ("{register: r12,", "{register: r13,", ":26: entries.Two.selector: r13 is no input, expected an input of this"),
        ('"15:0", value: 1', '"0:15", value: 1', ":26: entries.Two.selector: expected bits high:low within 63:0"),
        ("catalogue/1", "catalogue/2", ":1: schema: 'tdxprove.catalogue/2' is not accepted, expected tdxprove.catalog"),
        ("instruction: tdvmcall", "instruction: syscall", ":2: instruction: 'syscall' is not accepted, expected tdcal"),
        ("66 0f", "66 0F", ":3: encoding: '66 0F 01 cc' is not accepted, expected text that matches"),
        ("value: number", "value: leaf", ":8: implied.inputs.r11.value: 'leaf' is not accepted, expected number"),
        ("  Two:", "  One:", ":23: entries.One: duplicate key, expected it once (first in line 13)"),
        ("r12: {meaning: selector}", "r12: {meaning: a, meaning: b}", ":17: entries.One.inputs.r12.meaning: duplicate"),
        ("source: [A]", "source: &a [A]", ":22: entries.One.source: anchors and aliases (here a) are not accepted"),
        ("source: [A]", "source: *a", ":22: entries.One.source: anchors and aliases (here a) are not accepted"),
        ("source: [A]", "source: !!set {A}", ":22: entries.One.source: tags (here tag:yaml.org,2002:set) are not acce"),
        ('since: "1.0"', "since: 1.0", ":15: entries.One.since: plain '1.0' is ambiguous in YAML, expected quotes"),
        ('since: "1.0"', "since: no", ":15: entries.One.since: plain 'no' is ambiguous in YAML, expected quotes"),
        ('since: "1.0"', "since:", ":15: entries.One.since: no value stands here, expected one"),
        ("number: 0x2", "number: 012", ":24: entries.Two.number: plain '012' is ambiguous in YAML, expected quotes"),
        ("number: 0x2", "number: 1:30", ":24: entries.Two.number: plain '1:30' is ambiguous in YAML, expected quotes"),
        ("  Two:", "  2:", ":23: entries: key 2 is not text, expected a name"),
        ("  Two:", "  [Two]:", ":23: entries: key None is not text, expected a name"),
        ("source: [A]", "source: [A", ":23: not valid YAML: did not find expected ',' or ']'"),
        ("  One:", "\tOne:", ":13: not valid YAML: a tab in front of the text"),
        ("entries:\n", "---\nentries:\n", ":12: top level: a second document, expected one document in a file"),
        ("meaning: selector", "meaning: " + "[" * 40 + "]" * 40, ":17: entries.One.inputs: nested too deep, expected"),
    ],
)
def test_mutation_is_refused_where_it_is(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in VALID
    assert refusal(tmp_path, VALID.replace(old, new, 1)).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rcx: {when", "r8: {when", ":12: entries.One.outputs.r8: output r8 is not in modified, expected every output"),
        ("rdx: {m", "r8: {m", ":17: entries.One.exits.left.outputs.r8: output r8 is not in modified, expected every"),
        ("[rax, rcx, rdx]", "[rcx, rdx]", ":18: entries.One.modified: ['rcx', 'rdx'] is not accepted, expected contai"),
        ("[rax, rcx, rdx]", "[rax, rcx, rsp]", ":18: entries.One.modified[2]: 'rsp' is not accepted, expected rax, rc"),
        ("[rax, rcx, rdx]", "most", ":18: entries.One.modified: 'most' is not accepted, expected all, unknown"),
        ("[rax, rcx, rdx]", "unknown", ":18: entries.One.modified: unknown without a reason, expected the key unconfi"),
        ("    modified: [rax, rcx, rdx]", "    mask: 0xc00", ":18: entries.One.mask: unknown key, expected one of num"),
    ],
)
def test_mutation_of_a_leaf_is_refused_where_it_is(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in LEAF
    assert refusal(tmp_path, LEAF.replace(old, new, 1)).startswith(message)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: the file is empty, expected a mapping"),
        (b"# nothing\n", ":1: the file is empty, expected a mapping"),
        (b"just text", ":1: top level: 'just text' is text, expected a mapping"),
        (VALID.encode("utf-16"), ":1: byte 0xff is not UTF-8, expected UTF-8 text"),
        (b"a: b\nc: \xe4\n", ":2: byte 0xe4 is not UTF-8, expected UTF-8 text"),
        (b"a: \x00\n", ":1: not valid YAML: character 0x00, expected none of the control characters"),
        (BOMB.encode(), ":1: a: anchors and aliases (here a) are not accepted, expected the value"),
        (b"[" * 200_000, ":1: [0][0][0]: nested too deep, expected at most 32 levels"),
        (b"x" * (5 << 20), ": larger than 4194304 bytes, expected a specification file"),
    ],
)
def test_what_is_no_specification_at_all(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path, content).startswith(message)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"^/.*: cannot be read: Is a directory$"):
        read_catalogue(tmp_path)
    with pytest.raises(SpecError, match=r"missing.yaml: cannot be read: No such file or directory$"):
        read_catalogue(tmp_path / "missing.yaml")
    with pytest.raises(SpecError, match=r"cannot be read: embedded null byte$"):
        read_catalogue(Path("a\0b"))


def test_the_first_of_several_problems_is_reported(tmp_path: Path) -> None:
    text = VALID.replace("source: [A]", "source: 7").replace("since:", "after:").replace("{SUCCESS: 0}", "{SUCCESS: a}")
    assert refusal(tmp_path, text).startswith(":11: status_codes.SUCCESS: 'a' is text, expected an integer")


def test_line_of_knows_items_and_falls_back_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(VALID, encoding="utf-8")
    document = load_spec(path, "catalogue")
    assert document.line_of(("entries", "Two", "selector", "value")) == 26
    assert document.line_of(("entries", "Two", "source", 0)) == 31
    assert document.line_of(("entries", "Two", "no", "such", "key")) == 23
    assert document.line_of(()) == 1
