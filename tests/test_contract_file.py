"""A contract file is right or refused: each mutation of a valid one is named, with line and key, before all else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdxprove import cli
from tdxprove.contract_file import load_contracts, read_contracts
from tdxprove.contract_names import used_definitions
from tdxprove.contract_set import ContractSet, bundled_sets
from tdxprove.errors import SpecError
from tdxprove.obligations import watched
from tdxprove.registers import registers_of

VALID = """\
schema: tdxprove.contracts/1
set: mine
title: a set of one
noreturn: {panic: "a source"}
structs:
  request:
    size: 24
    fields: {address: 0, size: 8, result: 16}
    source: ["a header"]
definitions:
  shared: {parameters: [x], value: "x | 0x8000", source: ["a header"]}
contracts:
  map_gpa:
    prototype: "u64 map_gpa(struct request *request, u64 *out, u32 flags)"
    convention: sysv
    arguments:
      request: {points_to: request, access: read-write}
      out: {points_to: "u64[2]", access: write}
      flags: u32
    requires: [{that: "flags != 0", reason: "its callers"}]
    call:
      tdvmcall: MapGPA
      permitted: 0x3c00
      permitted_reason: "as many as it takes"
      required: 0x3c00
      inputs: {r12: shared(request.address), r13: request.size}
      outputs: {r11: {to: request.result, when: "call.r10 == 0"}}
      failure: panic
    returns: {rax: call.r10, "out[0]": "call.r11 if call.r10 == 0 else 0"}
    scrubs: [r11]
    changes: [if]
    assumptions: ["one"]
    source: ["a mail"]
"""
CONTRACT = "contracts.map_gpa"


def written(tmp_path: Path, text: str) -> Path:
    """The text as a file."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def replaced(old: str, new: str) -> str:
    """The valid file with one change."""
    assert VALID.count(old) == 1, f"{old!r} stands {VALID.count(old)} times in the valid file"
    return VALID.replace(old, new)


def refusal(tmp_path: Path, text: str) -> str:
    """The message with which a file is refused, from the line number on."""
    path = written(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        read_contracts(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:")
    assert "\n" not in message
    assert "expected" in message
    return message.removeprefix(f"{path}:")


def test_the_file_that_is_mutated_below_is_valid(tmp_path: Path) -> None:
    found = read_contracts(written(tmp_path, VALID))
    contract = found.contracts["map_gpa"]
    assert contract.call is not None
    assert (contract.line, contract.call.permitted, contract.call.required) == (13, 0x3C00, 0x3C00)
    assert {r: e.text for r, e in contract.call.inputs.items()} == {
        "r10": "0",
        "r11": "0x10001",
        "r12": "shared(request.address)",
        "r13": "request.size",
    }
    assert [(argument.name, argument.bits) for argument in contract.arguments] == [
        ("request", 64),
        ("out", 64),
        ("flags", 32),
    ]
    assert "panic" in contract.noreturn


MUTATIONS = [
    # Keys that nobody knows, that are missing, or that stand twice.
    ("set: mine", "set: mine\nextra: 1", "3: extra: unknown key, expected one of schema, set,"),
    ("    scrubs: [r11]", "    scrub: [r11]", f"30: {CONTRACT}.scrub: unknown key, expected one of prototype,"),
    ("      failure: panic", "      failures: panic", f"28: {CONTRACT}.call.failures: unknown key, expected one of"),
    ('    prototype: "u64 map', '    prototyp: "u64 map', f"14: {CONTRACT}.prototyp: unknown key, expected one of"),
    ("    convention: sysv\n", "", f"13: {CONTRACT}: key convention is missing"),
    ('    source: ["a mail"]\n', "", f"13: {CONTRACT}: key source is missing"),
    ("      failure: panic\n", "", f"21: {CONTRACT}.call: key failure is missing"),
    ('    source: ["a header"]\ndefinitions', "definitions", "6: structs.request: key source is missing"),
    ("      tdvmcall: MapGPA\n", "", f"21: {CONTRACT}.call: "),
    ("      tdvmcall: MapGPA", "      tdvmcall: MapGPA\n      tdcall: TDG.VP.INFO", f"21: {CONTRACT}.call: "),
    ('      permitted_reason: "as many as it takes"\n', "", f"21: {CONTRACT}.call: "),
    ("      flags: u32", "      flags: u32\n      flags: u64", f"20: {CONTRACT}.arguments.flags: duplicate key"),
    ("r13: request.size}", "r13: 0, r13: request.size}", f"26: {CONTRACT}.call.inputs.r13: duplicate key"),
    ("    scrubs: [r11]", "    convention: ms\n    scrubs: [r11]", f"30: {CONTRACT}.convention: duplicate key"),
    ("definitions:", "structs: {}\ndefinitions:", "10: structs: duplicate key"),
    # Registers.
    ("{r12: shared", "{r16: shared", f"26: {CONTRACT}.call.inputs.r16: 'r16' is not accepted"),
    ("{r12: shared", "{eax: shared", f"26: {CONTRACT}.call.inputs.eax: 'eax' is not accepted"),
    ("{r12: shared", "{R12: shared", f"26: {CONTRACT}.call.inputs.R12: 'R12' is not accepted"),
    ("{r11: {to", "{xmm0: {to", f"27: {CONTRACT}.call.outputs.xmm0: 'xmm0' is not accepted"),
    ("scrubs: [r11]", "scrubs: [r11, rip]", f"30: {CONTRACT}.scrubs[1]: 'rip' is not accepted"),
    ("scrubs: [r11]", "scrubs: [r11, r11]", f"30: {CONTRACT}.scrubs: "),
    ("changes: [if]", "changes: [cf]", f"31: {CONTRACT}.changes[0]: 'cf' is not accepted"),
    ("call.r10, ", "call.r16, ", f"29: {CONTRACT}.returns.rax: 'call.r16': r16 is not a register"),
    ("call.r10, ", "call.eax, ", f"29: {CONTRACT}.returns.rax: 'call.eax': eax is not a register"),
    # What the TDX module knows.
    (
        "tdvmcall: MapGPA",
        "tdvmcall: MapGpa",
        f"22: {CONTRACT}.call.tdvmcall: 'MapGpa' is not in the catalogue tdvmcall",
    ),
    ("tdvmcall: MapGPA", "tdcall: TDG.NONE", f"22: {CONTRACT}.call.tdcall: 'TDG.NONE' is not in the catalogue tdcall"),
    ("tdvmcall: MapGPA", "seamcall: TDH.NONE", f"22: {CONTRACT}.call.seamcall: 'TDH.NONE' is not in the catalogue"),
    (
        "tdvmcall: MapGPA",
        "tdcall: {leaf: flags, except: [TDG.NONE], reason: r}",
        f"22: {CONTRACT}.call.tdcall.except[0]: 'TDG.NONE' is not in the catalogue tdcall",
    ),
    (
        "tdvmcall: MapGPA",
        "tdcall: {leaf: nobody, reason: r}",
        f"22: {CONTRACT}.call.tdcall.leaf: 'nobody': nobody is not an argument",
    ),
    (", r13: request.size}", "}", f"21: {CONTRACT}.call: MapGPA takes r13 too, expected inputs for r10, r11, r12, r13"),
    ("permitted: 0x3c00", "permitted: 0x1c00", f"23: {CONTRACT}.call.permitted: 0x1c00 does not permit every input"),
    ("permitted: 0x3c00", "permitted: 0x3400", f"23: {CONTRACT}.call.permitted: 0x3400 does not permit every input"),
    ("permitted: 0x3c00", "permitted: 0x100003c00", f"23: {CONTRACT}.call.permitted: "),
    ("permitted: 0x3c00", "permitted: -1", f"23: {CONTRACT}.call.permitted: "),
    ("      failure: panic", "      failure: retry", f"28: {CONTRACT}.call.failure: 'retry' is not accepted"),
    ("convention: sysv", "convention: fastcall", f"15: {CONTRACT}.convention: no calling convention 'fastcall'"),
    (
        "tdvmcall: MapGPA",
        "tdvmcall: MapGPA\n      version: 1",
        f"23: {CONTRACT}.call.version: versions are of one leaf",
    ),
    (
        "tdvmcall: MapGPA",
        "tdcall: TDG.VP.INFO\n      version: 1",
        f"23: {CONTRACT}.call.version: TDG.VP.INFO has no version 1",
    ),
    (
        "tdvmcall: MapGPA",
        "tdcall: TDG.VM.RD\n      version: two",
        f"23: {CONTRACT}.call.version: 'two' is text, expected an",
    ),
    (
        "failure: panic",
        "failure: result",
        f"28: {CONTRACT}.call.failure: result, but no result under returns speaks of",
    ),
    (
        "failure: panic",
        'failure: panic\n      when: "flags == 1"',
        f"21: {CONTRACT}.call: call.when and otherwise, expected",
    ),
    ("scrubs: [r11]", "otherwise: {rax: 0}", f"30: {CONTRACT}.otherwise: call.when and otherwise, expected both"),
    # Types, structs and arrays.
    ("flags: u32", "flags: int", f"19: {CONTRACT}.arguments.flags: "),
    ("points_to: request", "points_to: reques", f"17: {CONTRACT}.arguments.request.points_to: 'reques' is unknown"),
    ('"u64[2]"', '"u64[n]"', f"18: {CONTRACT}.arguments.out.points_to: 'u64[n]' is unknown"),
    ('"u64[2]"', '"u24[2]"', f"18: {CONTRACT}.arguments.out.points_to: 'u24[2]' is unknown"),
    ("access: write", "access: writes", f"18: {CONTRACT}.arguments.out.access: 'writes' is not accepted"),
    ("result: 16}", "result: 17}", "8: structs.request.fields.result: field at 17 ends behind the 24 bytes"),
    ("result: 16}", "result: -8}", "8: structs.request.fields.result: "),
    # Names in expressions.
    ("request.size}", "request.length}", f"26: {CONTRACT}.call.inputs.r13: 'request.length': request has no field"),
    ("request.size}", "flags.size}", f"26: {CONTRACT}.call.inputs.r13: 'flags.size': flags has no field size"),
    ("request.size}", "size}", f"26: {CONTRACT}.call.inputs.r13: 'size': size is not an argument, expected one of"),
    ("request.size}", '"flags[0]"}', f"26: {CONTRACT}.call.inputs.r13: 'flags[0]': flags is not a pointer"),
    ("request.size}", '"out[2]"}', f"26: {CONTRACT}.call.inputs.r13: 'out[2]': out has 2 elements"),
    ("request.size}", "call.r11}", f"26: {CONTRACT}.call.inputs.r13: 'call.r11': there is no call yet"),
    ("request.size}", "r13}", f"26: {CONTRACT}.call.inputs.r13: 'r13': r13 is not an argument"),
    ("request.size}", "other(flags)}", f"26: {CONTRACT}.call.inputs.r13: 'other(flags)': no definition other"),
    (
        "request.size}",
        '"shared(1, 2)"}',
        f"26: {CONTRACT}.call.inputs.r13: 'shared(1, 2)': shared takes 1 value, expected as many",
    ),
    ("request.size}", "low(flags)}", f"26: {CONTRACT}.call.inputs.r13: 'low(flags)'"),
    ("request.size}", '"low(flags, 7)"}', f"26: {CONTRACT}.call.inputs.r13: 'low(flags, 7)'"),
    ("request.size}", '"flags +"}', f"26: {CONTRACT}.call.inputs.r13: 'flags +' is not an expression"),
    ("request.size}", '"flags / 2"}', f"26: {CONTRACT}.call.inputs.r13: 'flags / 2' uses Div"),
    (
        "request.size}",
        '"flags == 1"}',
        f"26: {CONTRACT}.call.inputs.r13: 'flags == 1' is a condition, expected a value",
    ),
    ("request.size}", '"1 if flags else 2"}', f"26: {CONTRACT}.call.inputs.r13: '1 if flags else 2'"),
    ("request.size}", '"(flags == 1) + 1"}', f"26: {CONTRACT}.call.inputs.r13: '(flags == 1) + 1'"),
    ("request.size}", '"~(flags == 1)"}', f"26: {CONTRACT}.call.inputs.r13: '~(flags == 1)'"),
    ("request.size}", "[1]}", f"26: {CONTRACT}.call.inputs.r13: [1] is a list, expected text or an integer"),
    ('"flags != 0"', "flags", f"20: {CONTRACT}.requires[0].that: 'flags' is a value, expected a condition"),
    ('"flags != 0"', '"flags and 1"', f"20: {CONTRACT}.requires[0].that: 'flags and 1'"),
    ('"flags != 0"', '"call.r10 == 0"', f"20: {CONTRACT}.requires[0].that: 'call.r10 == 0': there is no call yet"),
    ('"call.r10 == 0"}}', "call.r10}}", f"27: {CONTRACT}.call.outputs.r11.when: 'call.r10' is a value"),
    ('"x | 0x8000"', '"y | 0x8000"', "11: definitions.shared.value: 'y | 0x8000': y is not a parameter"),
    ('"x | 0x8000"', '"shared(x)"', "11: definitions.shared.value: 'shared(x)': no definition shared"),
    ('"x | 0x8000"', '"x == 1"', "11: definitions.shared.value: 'x == 1' is a condition, expected a value"),
    ("parameters: [x]", "parameters: [1]", "11: definitions.shared.parameters[0]: "),
    # Places.
    ('{rax: call.r10, "out', '{flags: call.r10, "out', f"29: {CONTRACT}.returns.flags: 'flags' is not a place"),
    ('{rax: call.r10, "out', '{7: call.r10, "out', f"29: {CONTRACT}.returns: key 7 is not text"),
    ('{rax: call.r10, "out', '{ax: call.r10, "out', f"29: {CONTRACT}.returns.ax: 'ax' is not a place"),
    ('"out[0]": ', '"out[0] + 1": ', f"29: {CONTRACT}.returns.\"out[0] + 1\": 'out[0] + 1' is not a place"),
    ('"out[0]": ', '"out[2]": ', f"29: {CONTRACT}.returns.\"out[2]\": 'out[2]': out has 2 elements"),
    ('"out[0]": ', "call.r11: ", f"29: {CONTRACT}.returns.\"call.r11\": 'call.r11' is not a place"),
    ('"out[0]": ', "data.jiffies: ", f"29: {CONTRACT}.returns.\"data.jiffies\": 'data.jiffies' is not a place"),
    ('"out[0]": ', "request.none: ", f"29: {CONTRACT}.returns.\"request.none\": 'request.none': request has no field"),
    ("{rax: call.r10", "{rax: rbx", f"29: {CONTRACT}.returns.rax: 'rbx': rbx is not an argument"),
    ("to: request.result", "to: flags", f"27: {CONTRACT}.call.outputs.r11.to: 'flags' is not a place"),
    ("to: request.result", 'to: "1"', f"27: {CONTRACT}.call.outputs.r11.to: '1' is not a place"),
    (
        "to: request.result",
        'to: "request.result + 1"',
        f"27: {CONTRACT}.call.outputs.r11.to: 'request.result + 1' is not",
    ),
    ("to: request.result", "to: call.r11", f"27: {CONTRACT}.call.outputs.r11.to: 'call.r11' is not a place"),
    (
        '{to: request.result, when: "call.r10 == 0"}',
        "flags",
        f"27: {CONTRACT}.call.outputs.r11: 'flags' is not a place",
    ),
    # YAML itself.
    ("title: a set of one", "title: [a", ": not valid YAML: "),
    ("flags: u32", "flags: !!str u32", f"19: {CONTRACT}.arguments.flags: tags"),
    ("flags: u32", "flags: &x u32", f"19: {CONTRACT}.arguments.flags: anchors and aliases"),
    ("set: mine", "set: Mine", "2: set: 'Mine' is not accepted"),
    ("tdxprove.contracts/1", "tdxprove.contracts/2", "1: schema: 'tdxprove.contracts/2' is not accepted"),
]


@pytest.mark.parametrize(("old", "new", "message"), MUTATIONS, ids=[f"{new!r}"[:60] for _, new, _ in MUTATIONS])
def test_a_mutation_is_refused_where_it_is(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = refusal(tmp_path, replaced(old, new))
    assert found.startswith(message) or (message.startswith(":") and message in f":{found}"), found


RESERVED = "stack data percpu vmm module nobody outside entry arg call sent low rax eax rbx rsp rsi r8 r10 r15".split()


@pytest.mark.parametrize("name", [*RESERVED, "2nd", "a-b", "a b", "a.b", ""])
def test_a_name_that_means_something_else_is_no_argument(tmp_path: Path, name: str) -> None:
    """An argument called `call` or `r10` could not be told from the register; one called `vmm` would be the VMM's."""
    found = refusal(tmp_path, replaced("      flags: u32", f'      flags: u32\n      "{name}": u64'))
    assert found.startswith(f"20: {CONTRACT}.arguments.")
    assert f"{name!r} is not accepted" in found


@pytest.mark.parametrize("line", VALID.splitlines()[4:], ids=lambda line: line.strip()[:30])
def test_a_file_that_ends_early_is_refused_or_still_whole(tmp_path: Path, line: str) -> None:
    """No prefix of the file (in whole lines) is read as a contract that promises less than its source says."""
    text = VALID.partition(line)[0]
    assert refusal(tmp_path, text)


def test_every_register_that_passes_or_comes_back_is_permitted_by_default(tmp_path: Path) -> None:
    """Without a written mask the permitted set is the smallest: inputs, outputs, r10 and r11."""
    text = replaced(
        '      permitted: 0x3c00\n      permitted_reason: "as many as it takes"\n      required: 0x3c00\n', ""
    )
    call = read_contracts(written(tmp_path, text)).contracts["map_gpa"].call
    assert call is not None
    assert registers_of(call.permitted) == registers_of(call.required) == ("r10", "r11", "r12", "r13")


@pytest.mark.parametrize("name", ["nonsense", "Seed", "seed.yml.bak", "", "..", "../contracts/seed"])
def test_a_set_that_does_not_exist(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_contracts(name)
    assert name in str(caught.value)
    assert f"bundled are {', '.join(bundled_sets())}" in str(caught.value) or "cannot be read" in str(caught.value)


@pytest.mark.parametrize("name", bundled_sets())
def test_bundled_sets_are_valid_and_named_as_their_file(name: str) -> None:
    found: ContractSet = load_contracts(name)
    assert found.name == name
    assert found.contracts
    assert all(contract.source and contract.set == name for contract in found.contracts.values())


# -- mistakes that people make -----------------------------------------------------------------------------------------

ENDS = "returns: {rax: call.r10"
MISTAKES = [
    # YAML: what is wrong, and the line in which it begins.
    ("      flags: u32", "\tflags: u32", "19: not valid YAML: a tab in front of the text, expected spaces"),
    ("    convention: sysv", "    convention sysv", "15: not valid YAML: a key without a colon, expected 'key: value'"),
    ("    convention: sysv", "    convention:sysv", "15: not valid YAML: a key without a colon, expected 'key: value'"),
    (
        "    convention: sysv",
        "   convention: sysv",
        "15: not valid YAML: did not find expected key, expected one at the in",
    ),
    ("result: 16}", "result: 16", "9: not valid YAML: did not find expected ',' or '}' (in what begins in line 8)"),
    (
        '"out[0]": ',
        "out[0]: ",
        f"29: {CONTRACT}.returns.out: no value stands here, expected one (a name or value with [ ]",
    ),
    ("r13: request.size}", "r13: }", f"26: {CONTRACT}.call.inputs.r13: no value stands here, expected one"),
    ("set: mine", "set: yes", "2: set: plain 'yes' is ambiguous in YAML, expected quotes around text;"),
    ("size: 24", "size: 24.0", "7: structs.request.size: plain '24.0' is ambiguous in YAML"),
    ("size: 24", "size: 030", "7: structs.request.size: plain '030' is ambiguous in YAML"),
    ("points_to: request", "points_to: *request", f"17: {CONTRACT}.arguments.request.points_to: anchors and aliases"),
    ("    scrubs: [r11]", "    <<: {scrubs: [r11]}", f"30: {CONTRACT}: plain '<<' is ambiguous"),
    ('["a mail"]', '["a mail"]\n---\nx: 1', "34: top level: a second document, expected one document in a file"),
    ("set: mine", "set: mine\ninclude: other.yaml", "3: include: unknown key, expected one of schema, set,"),
    ("set: mine", "set: mine\nextends: ./other.yaml", "3: extends: no bundled set './other.yaml', expected one of ast"),
    ("a mail", "a \x01 mail", "33: not valid YAML: character 0x01, expected none of the control characters"),
    # Kinds of values, and which of several was meant.
    (
        "{points_to: request, access: read-write}",
        "{points_to: request}",
        f"17: {CONTRACT}.arguments.request: key access is",
    ),
    (
        "flags: u32",
        "flags: 'u64 *'",
        f"19: {CONTRACT}.arguments.flags: 'u64 *' is not accepted, expected u8, s8, u16, s16,",
    ),
    ("convention: sysv", "convention: {arguments: [rdi]}", f"15: {CONTRACT}.convention: key preserves is missing"),
    (
        "convention: sysv",
        "convention: {arguments: [edi], preserves: [rsp]}",
        f"15: {CONTRACT}.convention.arguments[0]: 'edi' is",
    ),
    (
        "convention: sysv",
        "convention: [rdi]",
        f"15: {CONTRACT}.convention: ['rdi'] is not accepted, expected text or a mapping",
    ),
    (
        "tdvmcall: MapGPA",
        "tdvmcall: MapGPA\n      seamcall: TDH.VP.ENTER",
        f"21: {CONTRACT}.call: tdvmcall and seamcall is",
    ),
    (
        "      tdvmcall: MapGPA\n",
        "",
        f"21: {CONTRACT}.call: none of these keys is there, expected exactly one of tdvmcall,",
    ),
    (
        "tdvmcall: MapGPA",
        "tdcall: {leaf: flags, raeson: r}",
        f"22: {CONTRACT}.call.tdcall.raeson: unknown key, expected one",
    ),
    (
        "failure: panic",
        "failure: unjudged",
        f"28: {CONTRACT}.call.failure: 'unjudged' is not accepted, expected panic, ret",
    ),
    ("failure: panic", "failure: {status: unjudged}", f"28: {CONTRACT}.call.failure: key reason is missing"),
    (
        f'{ENDS}, "out[0]": "call.r11 if call.r10 == 0 else 0"}}',
        "returns: rax",
        f"29: {CONTRACT}.returns: 'rax' is not accepted",
    ),
    (
        '      permitted_reason: "as many as it takes"\n',
        "",
        f"21: {CONTRACT}.call: key permitted stands alone, expected permi",
    ),
    ('source: ["a mail"]', "source: a mail", f"33: {CONTRACT}.source: 'a mail' is text, expected a list"),
    ('source: ["a mail"]', "source: []", f"33: {CONTRACT}.source: [] is not accepted, expected at least 1 of them"),
    ('source: ["a mail"]', "source: ['']", f"33: {CONTRACT}.source[0]: '' is not accepted, expected some text"),
    (
        "permitted: 0x3c00",
        "permitted: [r10, r11]",
        f"23: {CONTRACT}.call.permitted: ['r10', 'r11'] is a list, expected an",
    ),
    # Names.
    (
        "  map_gpa:",
        "  map_gpa, map_gpb:",
        "13: contracts.\"map_gpa, map_gpb\": 'map_gpa, map_gpb' is not accepted, expected",
    ),
    ("  map_gpa:", "  '':", "13: contracts.\"\": '' is not accepted, expected one symbol"),
    (
        "result: 16}",
        "'a b': 16}",
        "8: structs.request.fields.\"a b\": 'a b' is not accepted, expected a name of letters",
    ),
    (
        "  shared: {",
        "  low: {",
        "11: definitions.low: 'low' is not accepted, expected a name of letters, digits and _ that",
    ),
    (
        "parameters: [x]",
        "parameters: [x, x]",
        "11: definitions.shared.parameters: ['x', 'x'] is not accepted, expected",
    ),
    (
        "parameters: [x]",
        "parameters: [y]",
        "11: definitions.shared.value: 'x | 0x8000': x is not a parameter, expected one of",
    ),
    (
        "tdvmcall: MapGPA",
        "tdcall: MapGPA",
        f"22: {CONTRACT}.call.tdcall: 'MapGPA' is not in the catalogue tdcall, expected it u",
    ),
    (
        "tdvmcall: MapGPA",
        "tdvmcall: MAPGPA",
        f"22: {CONTRACT}.call.tdvmcall: 'MAPGPA' is not in the catalogue tdvmcall, expected o",
    ),
    # Sizes and places.
    (
        "size: 24",
        "size: 99999999999999",
        "7: structs.request.size: 99999999999999 is not accepted, expected at most 65536",
    ),
    ("size: 24", "size: 0", "7: structs.request.size: 0 is not accepted, expected at least 1"),
    (
        "result: 16}",
        "result: 8}",
        "8: structs.request.fields.result: field of 8 bytes at 8 overlaps size, expected bytes",
    ),
    (
        "result: 16}",
        "result: {at: 12, bytes: 4}}",
        "8: structs.request.fields.result: field of 4 bytes at 12 overlaps size",
    ),
    (
        '"u64[2]"',
        '"u64[0]"',
        f"18: {CONTRACT}.arguments.out.points_to: u64[0] has 0 bytes, expected at least one element",
    ),
    ('"u64[2]"', '"u64[100000000]"', f"18: {CONTRACT}.arguments.out.points_to: u64[100000000] has 800000000 bytes"),
    (
        "access: write}",
        "access: read}",
        f"29: {CONTRACT}.returns.\"out[0]\": 'out[0]': what out points to may only be read",
    ),
    # What the call can not be.
    (
        "request.size}",
        "request.size, rax: 0}",
        f"26: {CONTRACT}.call.inputs.rax: rax holds the leaf, expected it by its name",
    ),
    ("request.size}", "request.size, r11: 5}", f"26: {CONTRACT}.call.inputs.r11: the sub-function has 0x10001 in r11"),
    (
        "tdvmcall: MapGPA",
        "tdcall: TDG.MEM.PAGE.ACCEPT",
        f"27: {CONTRACT}.call.outputs.r11: TDG.MEM.PAGE.ACCEPT leaves r11 as",
    ),
    (
        "failure: panic",
        "failure: {status: return, fault: {rax: 1}}",
        f"28: {CONTRACT}.call.failure.fault: tdcall does not end so",
    ),
    (
        "permitted: 0x3c00",
        "permitted: 0x3c13",
        f"23: {CONTRACT}.call.permitted: 0x3c13 selects rax, rcx or rsp, expected bits",
    ),
    (
        "required: 0x3c00",
        "required: 0xfc00",
        f"25: {CONTRACT}.call.required: 0xfc00 selects registers that 0x3c00 does not",
    ),
    # Expressions, as in other languages.
    (
        "request.size}",
        '"request->size"}',
        f"26: {CONTRACT}.call.inputs.r13: 'request->size' is not an expression, expected",
    ),
    (
        "request.size}",
        '"flags && 1"}',
        f"26: {CONTRACT}.call.inputs.r13: 'flags && 1' is not an expression, expected for",
    ),
    ("request.size}", '"flags ? 1 : 2"}', f"26: {CONTRACT}.call.inputs.r13: 'flags ? 1 : 2' is not an expression"),
    ("request.size}", '"-1"}', f"26: {CONTRACT}.call.inputs.r13: '-1' uses USub, expected arithmetic"),
    (
        "request.size}",
        '"flags << 64"}',
        f"26: {CONTRACT}.call.inputs.r13: 'flags << 64' shifts by 64, expected less than 64",
    ),
    (
        "request.size}",
        "0x1ffffffffffffffff}",
        f"26: {CONTRACT}.call.inputs.r13: '0x1ffffffffffffffff' holds 0x1fffffffffff",
    ),
    (
        "request.size}",
        '"low(flags, 64)"}',
        f"26: {CONTRACT}.call.inputs.r13: 'low(flags, 64)': low has other values, expected one and",
    ),
    ("request.size}", f'"{"(" * 500}flags{")" * 500}"}}', f"26: {CONTRACT}.call.inputs.r13: '((((((((("),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=[f"{new!r}"[:60] for _, new, _ in MISTAKES])
def test_a_mistake_is_one_line_that_says_what_was_expected(
    tmp_path: Path, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """File, line, key, what was found and what was expected, in one line of readable length; exit status 2."""
    path = written(tmp_path, replaced(old, new))
    assert cli.run(["contracts", str(path)]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.startswith(f"tdxprove: error: {path}:{message}"), error
    assert error.count("\n") == 1 and len(error.removeprefix(f"tdxprove: error: {path}")) < 400
    assert "expected" in error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: the file is empty, expected a mapping"),
        (b"# nothing\n", ":1: the file is empty, expected a mapping"),
        (b"- a\n", ":1: top level: ['a'] is a list, expected a mapping"),
        (b'set = "mine"\n[contracts]\n', ":1: top level: 'set = \"mine\" [contracts]' is text, expected a mapping"),
        (VALID.replace("a set of one", "caf\xe9").encode("latin-1"), ":3: byte 0xe9 is not UTF-8, expected UTF-8 text"),
        (VALID.encode("utf-16"), ":1: byte 0xff is not UTF-8, expected UTF-8 text"),
        (b"\x7fELF\x02\x01\x01\x00", ":1: not valid YAML: character 0x7f, expected none of the control characters"),
        (VALID.encode() + b"#" * (5 << 20), ": larger than 4194304 bytes, expected a specification file"),
        (b"a: " + b"[" * 3000 + b"]" * 3000, ":1: a[0][0]: nested too deep, expected at most 32 levels"),
        (
            VALID.partition("contracts:\n")[0].encode() + b"contracts:\n",
            ":12: contracts: no value stands here, expected one",
        ),
        (VALID.partition("  map_gpa:\n")[0].encode() + b"  map_gpa:\n", ":13: contracts.map_gpa: no value stands here"),
        (
            VALID.encode() + b"  map_gpa: {}\n",
            ":34: contracts.map_gpa: duplicate key, expected it once (first in line 13)",
        ),
        (None, ": cannot be read: Is a directory"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_contract_file_is_refused_in_one_line(
    tmp_path: Path, content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    assert cli.run(["contracts", str(path)]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.startswith(f"tdxprove: error: {path}{message}"), error
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", ["\ufeff" + VALID, VALID.replace("\n", "\r\n"), "%YAML 1.2\n---\n" + VALID])
def test_what_editors_write_is_accepted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content.encode())
    assert read_contracts(path).contracts


# -- what fewer contracts say ------------------------------------------------------------------------------------------

RARE = """\
schema: tdxprove.contracts/1
set: mine
title: a set of one
extends: linux-6.12
matches: {banner: ["Linux version 6.12.1."]}
structs:
  info: {size: 16, fields: {address: 0, length: {at: 8, bytes: 4}, kind: {at: 12, bytes: 2}}, source: ["a header"]}
contracts:
  far_map:
    prototype: "in: rbx the way back"
    convention: {arguments: [rdi, rsi], preserves: [rsp, df], return_address: rbx, stack: false}
    arguments:
      gpa: u64
      info: {points_to: info, access: read-write, optional: true}
    call:
      tdvmcall: MapGPA
      inputs: {r12: gpa, r13: "info.length if info != 0 else 4096"}
      repeat: {while: "call.r10 == 1 and sent.r12 <= call.r11", inputs: {r12: call.r11}}
      failure: panic
    returns: {rax: call.r10}
    sets: {if: "gpa & 1 != 0"}
    clears: {ac: "gpa == 0"}
    writes_globals: "it counts its calls"
    source: ["a mail"]
"""
FAR = "contracts.far_map"


def test_the_rare_keys_are_read(tmp_path: Path) -> None:
    found = read_contracts(written(tmp_path, RARE))
    contract = found.contracts["far_map"]
    assert contract.call is not None and contract.call.repeat is not None
    assert contract.call.repeat.condition is not None
    assert {r: e.text for r, e in contract.call.repeat.inputs.items()} == {"r12": "call.r11"}
    assert {flag: (c.value, c.condition and c.condition.text) for flag, c in contract.flags.items()} == {
        "if": (1, "gpa & 1 != 0"),
        "ac": (0, "gpa == 0"),
    }
    info = contract.arguments[1].pointee
    assert info is not None and info.optional
    assert info.fields == {"address": (0, 8), "length": (8, 4), "kind": (12, 2)}
    assert (contract.convention.return_address, contract.convention.stack) == ("rbx", False)
    entry = contract.entry_state()
    assert entry.registers["rbx"].name == "entry.return_address"
    assert entry.globals_writable and entry.stack_arguments_end < 0
    assert any("it counts its calls" in text for text in contract.assumptions)
    assert set(contract.preserves) == {"rsp", "df"}


def test_a_set_has_the_contracts_of_the_set_that_it_extends(tmp_path: Path) -> None:
    found, base = read_contracts(written(tmp_path, RARE)), load_contracts("linux-6.12")
    assert set(found.contracts) == {*base.contracts, "far_map"}
    assert all(contract.set == "mine" for contract in found.contracts.values())
    assert found.contracts["__tdcall"].path == base.path
    assert found.vouched == base.vouched


def test_a_set_that_extends_one_that_extends_another_has_the_contracts_of_both(tmp_path: Path) -> None:
    text = RARE.replace("extends: linux-6.12", "extends: linux-latest")
    found, first, second = (
        read_contracts(written(tmp_path, text)),
        load_contracts("linux-6.12"),
        load_contracts("linux-6.18"),
    )
    assert set(found.contracts) == {*first.contracts, *second.contracts, "far_map"}
    level = found.contracts["tdh_mem_range_block"].call
    assert level is not None and level.inputs["rcx"].text == "gpa | level - 1"
    assert found.vouched.conventional == second.vouched.conventional > first.vouched.conventional


@pytest.mark.parametrize(
    ("symbol", "used"),
    [
        ("tdh_vp_init", []),
        ("tdh_mem_track", ["page_to_phys"]),
        ("tdx_hcall_get_quote", ["virt_to_phys", "cc_mkdec"]),
        ("handle_io", ["low_bytes", "assigned", "io_size"]),
        ("try_accept_one", ["page_size"]),
    ],
)
def test_a_contract_shows_the_definitions_that_it_uses(symbol: str, used: list[str]) -> None:
    assert used_definitions(load_contracts("linux-latest").contracts[symbol]) == used


def test_narrow_fields_leave_no_byte_unwatched(tmp_path: Path) -> None:
    """Every byte that may be written belongs to a place that some obligation reads."""
    places = watched(read_contracts(written(tmp_path, RARE)).contracts["far_map"])
    assert sorted(at for place in places for at in range(place.offset, place.offset + place.size)) == list(range(16))


RARE_MUTATIONS = [
    ("extends: linux-6.12", "extends: linux", "4: extends: no bundled set 'linux', expected one of asterinas, edk2,"),
    ("extends: linux-6.12", "extends: mine", "4: extends: no bundled set 'mine', expected one of asterinas, edk2,"),
    ('{banner: ["Linux version 6.12.1."]}', "{banner: []}", "5: matches.banner: "),
    ('{banner: ["Linux version 6.12.1."]}', "{only_named: 1}", "5: matches.only_named: 1 is an integer"),
    ("bytes: 2}", "bytes: 3}", "7: structs.info.fields.kind.bytes: 3 is not accepted, expected 1, 2, 4, 8"),
    ("at: 12, bytes: 2}", "at: 13, bytes: 2}", "7: structs.info.fields.kind: field of 2 bytes at 13, expected a"),
    ("at: 12, bytes: 2}", "at: 16, bytes: 2}", "7: structs.info.fields.kind: field at 16 ends behind the 16 bytes"),
    ("return_address: rbx, ", "", f"11: {FAR}.convention: "),
    ("return_address: rbx", "return_address: rdi", f"11: {FAR}.convention.return_address: rdi is an argument too"),
    ("arguments: [rdi, rsi]", "arguments: [rdi]", f"12: {FAR}.arguments: 2 arguments in 1 registers, and none on"),
    ("return_address: rbx", "return_address: rip", f"11: {FAR}.convention.return_address: 'rip' is not accepted"),
    ("stack: false", "stack: none", f"11: {FAR}.convention.stack: 'none' is text, expected"),
    ("optional: true", "optional: 1", f"14: {FAR}.arguments.info.optional: 1 is an integer"),
    ("info.length if", "info.size if", f"17: {FAR}.call.inputs.r13: 'info.size if info != 0 else 4096': info has no"),
    ("r12: gpa", "r12: sent.r12", f"17: {FAR}.call.inputs.r12: 'sent.r12': there is no call yet"),
    ('{while: "call.r10 == 1 and sent.r12 <= call.r11", inp', "{inp", f"18: {FAR}.call.repeat: key while is missing"),
    ('"call.r10 == 1 and', '"call.r10 and', f"18: {FAR}.call.repeat.while: 'call.r10 and sent.r12 <= call.r11': "),
    ("sent.r12", "sent.trap", f"18: {FAR}.call.repeat.while: 'call.r10 == 1 and sent.trap <= call.r11': trap is not"),
    ("inputs: {r12: call.r11}", "inputs: {r14: 0}", f"18: {FAR}.call.repeat.inputs.r14: r14 is no input of the first"),
    ("rax: call.r10", "rax: sent.r10", f"20: {FAR}.returns.rax: 'sent.r10': sent has a meaning under repeat only"),
    ("sets: {if", "sets: {df", f"21: {FAR}.sets.df: 'df' is not accepted, expected ac, if"),
    ('"gpa & 1 != 0"', '"gpa & 1"', f"21: {FAR}.sets.if: 'gpa & 1' is a value, expected a condition"),
    ('"gpa & 1 != 0"', '"call.r10 == 0"', f"21: {FAR}.sets.if: 'call.r10 == 0': there is no call yet"),
    ("clears: {ac", "clears: {if", f"22: {FAR}.clears.if: if stands under another key too"),
    (
        "    writes_globals",
        "    changes: [ac]\n    writes_globals",
        f"22: {FAR}.clears.ac: ac stands under another key",
    ),
    (
        "    writes_globals",
        "    may_set: [if]\n    writes_globals",
        f"23: {FAR}.may_set[0]: if stands under another key too",
    ),
    ('"it counts its calls"', "true", f"23: {FAR}.writes_globals: True is a truth value, expected text"),
]


@pytest.mark.parametrize(("old", "new", "message"), RARE_MUTATIONS, ids=[f"{n!r}"[:60] for _, n, _ in RARE_MUTATIONS])
def test_a_mutation_of_a_rare_key_is_refused_where_it_is(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert RARE.count(old) == 1, f"{old!r} stands {RARE.count(old)} times in the valid file"
    found = refusal(tmp_path, RARE.replace(old, new))
    assert found.startswith(message), found


# -- which files a set is for ------------------------------------------------------------------------------------------


def chosen_for(banner: str | None) -> set[str]:
    """The bundled sets that are used for a file with this linux_banner when the user names none."""

    def address_of(_: str) -> int | None:
        return None if banner is None else 0x1000

    def read(_: int, size: int) -> bytes | None:
        return (banner or "").encode()[:size]

    return {name for name in bundled_sets() if load_contracts(name).matches(address_of, read)}


@pytest.mark.parametrize(
    ("banner", "sets"),
    [
        (None, {"seed", "edk2"}),
        ("Linux version 6.1.0-13-amd64", {"linux-6.1"}),
        ("Linux version 6.12.4", {"linux-6.12"}),
        ("Linux version 6.18.0-rc1", {"linux-6.18"}),
        ("Linux version 7.1.9", {"linux-6.18"}),
        ("Linux version 7.2.13+deb14-cloud-amd64", {"linux-latest"}),
        ("Linux version 7.20.0", set()),
        ("Linux version 6.2.0", set()),
        ("Linux version 6.10.0", set()),
        ("Linux version 6.13.0-rc7", set()),
        ("Linux version 6.15.9-amd64", set()),
        ("Linux version 6.16.12+deb13-cloud-amd64", {"linux-6.16"}),
        ("Linux version 6.17.9-amd64", {"linux-6.16"}),
        ("Linux version 7.3-cloud-amd64", {"linux-latest"}),
        ("Linux version 7.3.4+deb13-amd64", {"linux-latest"}),
        ("Linux version 7.30.0", set()),
        ("Linux version 16.1.0", set()),
    ],
)
def test_a_file_gets_the_sets_that_are_meant_for_it(banner: str | None, sets: set[str]) -> None:
    assert chosen_for(banner) == sets


def test_no_two_sets_that_are_used_together_describe_one_symbol() -> None:
    """Two candidates for one function are an error of the user's; the bundled sets must not cause it."""
    for banner in (None, "Linux version 6.1.0", "Linux version 6.12.4", "Linux version 7.0.1"):
        symbols = [symbol for name in chosen_for(banner) for symbol in load_contracts(name).contracts]
        assert len(symbols) == len(set(symbols))
