"""Objects that are given together are one program, as `ld -r` would make it, and stay files of their own in reports."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from tdxprove.callgraph import reaching
from tdxprove.check import list_sites, prove
from tdxprove.errors import ImageError, NoCodeError
from tdxprove.image import Image, load_images, load_programs
from tdxprove.report import Report
from tdxprove.selection import Options
from tdxprove.verdict import Status, Verdict
from tests.helpers import TDCALL, run, words

ISSUE = f"xor %eax, %eax; mov $0x400, %ecx; xor %r10d, %r10d; {TDCALL}; ret"
WRONG = f"xor %eax, %eax; mov $0x401, %ecx; xor %r10d, %r10d; {TDCALL}; ret"
CALLER = "push %rbx; mov %rdi, %rbx; call issue; mov %rbx, %rax; pop %rbx; ret"


def code(name: str, body: str, binding: str = ".globl") -> str:
    """A function in assembly."""
    return f".text\n{binding} {name}\n.type {name}, @function\n{name}:\n{body}\n.size {name}, . - {name}\n"


def build(folder: Path, **sources: str) -> dict[str, Path]:
    """An object of each assembly text, with line numbers, by name."""
    found = {}
    for name, text in sources.items():
        source = folder / f"{name}.s"
        source.write_text(f'{text}\n.section .note.GNU-stack, "", @progbits\n')
        subprocess.run(["gcc", "-g", "-c", source, "-o", folder / f"{name}.o"], check=True, capture_output=True)
        found[name] = folder / f"{name}.o"
    return found


def judged(*files: Path, symbols: tuple[str, ...] = ()) -> Report:
    """The report on files that are given together."""
    return prove(files, Options(contracts=("seed",), symbols=symbols))


def statuses(report: Report) -> dict[tuple[str, str], Status]:
    """The joined status of each function, by file and symbol."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in report.verdicts:
        found.setdefault((Path(verdict.file).name, verdict.symbol), []).append(verdict)
    order = [Status.REFUTED, Status.INCOMPLETE, Status.UNKNOWN, Status.VACUOUS, Status.PROVED]
    return {key: min((v.status for v in verdicts), key=order.index) for key, verdicts in found.items()}


def program(*files: Path) -> Image:
    """The one image that files make."""
    (image,), notes = load_programs(files)
    assert not notes
    return image


def target(image: Image, caller: str) -> str:
    """Where the call at the start of a function leads."""
    function = image.function(caller)
    assert function is not None
    content = image.read(function.address, 5)
    assert content is not None and content[0] == 0xE8
    address = function.address + 5 + int.from_bytes(content[1:], "little", signed=True)
    return f"{Path(image.file(address)).name}: {image.locate(address)}"


# -- calls -------------------------------------------------------------------------------------------------------------


def test_calls_are_followed_and_callers_found_across_files(tmp_path: Path) -> None:
    top = code("top", "sub $8, %rsp; call caller; add $8, %rsp; ret")
    files = build(tmp_path, top=top, caller=code("caller", CALLER), issue=code("issue", ISSUE))
    report = judged(*files.values())
    expected = {("top.o", "top"), ("caller.o", "caller"), ("issue.o", "issue")}
    assert statuses(report) == dict.fromkeys(expected, Status.PROVED)
    assert report.exit_status == 0
    assert not any("outside the image" in text for text in report.assumptions)
    (site,) = report.sites
    assert (Path(site.file).name, site.symbol, site.covered) == ("issue.o", "issue", True)


def test_the_order_of_the_files_means_nothing(tmp_path: Path) -> None:
    top = code("top", "sub $8, %rsp; call caller; add $8, %rsp; ret")
    files = build(tmp_path, top=top, caller=code("caller", CALLER), issue=code("issue", WRONG))
    found = [judged(*order) for order in itertools.permutations(files.values())]
    facts = [
        {(v.file, v.symbol, v.address, v.obligation, v.status, v.message, v.location) for v in report.verdicts}
        for report in found
    ]
    assert all(one == facts[0] for one in facts)
    assert all(report.assumptions == found[0].assumptions for report in found)


def test_files_call_each_other_both_ways(tmp_path: Path) -> None:
    one = code("one", "sub $8, %rsp; call issue; add $8, %rsp; ret") + code("helper", "ret")
    two = code("issue", f"sub $8, %rsp; call helper; add $8, %rsp; {ISSUE}")
    report = judged(*build(tmp_path, one=one, two=two).values())
    assert statuses(report) == {("one.o", "one"): Status.PROVED, ("two.o", "issue"): Status.PROVED}
    assert report.exit_status == 0


def test_a_caller_is_found_behind_an_operand_that_is_not_settled(tmp_path: Path) -> None:
    caller = code("caller", "sub $8, %rsp; mov $hook, %rax; call issue; add $8, %rsp; ret") + ".weak hook\n"
    image = program(*build(tmp_path, caller=caller, issue=code("issue", ISSUE)).values())
    assert [symbol.name for symbol in reaching(image)] == ["caller", "issue"]


def test_a_wrong_callee_is_located_in_its_own_file(tmp_path: Path) -> None:
    files = build(tmp_path, caller=code("caller", CALLER), issue=code("issue", "nop; " + WRONG))
    report = judged(*files.values())
    (found,) = [v for v in report.verdicts if v.symbol == "caller" and v.obligation == "mask/reserved"]
    assert (found.status, found.replayed) == (Status.REFUTED, True)
    assert (found.file, found.address) == (str(files["caller"]), "0x0")
    assert found.location is not None
    assert (found.location.file, found.location.symbol) == (str(files["issue"]), "issue")
    assert found.location.address == report.sites[0].address
    assert found.location.line is not None and found.location.line[0].endswith("issue.s")
    assert not report.sites[0].covered
    done = run(words("prove", *files.values(), "--contracts", "seed", "--symbol", "caller"))
    assert f"{files['issue']}: issue+0xb (0xb, " in done.stdout
    assert f"rerun: tdxprove prove {files['caller']} {files['issue']} --symbol caller" in done.stdout


def test_alone_each_file_is_judged_as_ever(tmp_path: Path) -> None:
    caller = code("tdvmcall_halt", "sub $8, %rsp; call tdvmcall_map_gpa; add $8, %rsp; ret")
    files = build(tmp_path, caller=caller, issue=code("tdvmcall_map_gpa", ISSUE))
    assert any("is not in the file" in v.message for v in judged(files["caller"]).verdicts)
    assert not any("is not in the file" in v.message for v in judged(*files.values()).verdicts)


def test_files_that_do_not_refer_to_each_other_stay_apart(tmp_path: Path) -> None:
    files = build(tmp_path, one=code("issue", ISSUE), two=code("issue", WRONG))
    images, notes = load_programs(list(files.values()))
    assert [image.files for image in images] == [(str(path),) for path in files.values()]
    assert notes == ()
    assert statuses(judged(*files.values())) == {("one.o", "issue"): Status.PROVED, ("two.o", "issue"): Status.REFUTED}


def test_files_without_code_are_passed_over_beside_others(tmp_path: Path) -> None:
    """They hold no TDX instruction; alone they are an error, and the report says which they were."""
    files = build(tmp_path, data=".data\n.globl x\nx: .quad 1\n", issue=code("issue", ISSUE))
    report = judged(*files.values())
    note = f"{files['data']}: no executable section with bytes, and is passed over"
    assert report.exit_status == 0 and note in report.assumptions
    notes: list[str] = []
    assert list_sites(list(files.values()), Options(), notes.append) == list_sites([files["issue"]], Options())
    assert notes == [note]
    for together in ([files["data"]], [files["data"], files["data"]]):
        with pytest.raises(NoCodeError):
            load_programs(together)


def test_every_file_that_is_refused_is_named(tmp_path: Path) -> None:
    """One that can not be read is never passed over: nobody knows what is in it."""
    files = build(tmp_path, issue=code("issue", ISSUE))
    for name in ("a.bc", "b.bc"):
        (tmp_path / name).write_bytes(b"BC\xc0\xde" + bytes(60))
    with pytest.raises(ImageError, match=r"a\.bc: is LLVM bitcode.* \(nor can be read: \S*b\.bc\)"):
        judged(tmp_path / "a.bc", files["issue"], tmp_path / "b.bc")


def test_sites_are_those_of_each_file(tmp_path: Path) -> None:
    files = list(build(tmp_path, caller=code("caller", CALLER + "\n" + ISSUE), issue=code("issue", ISSUE)).values())
    together = list_sites(files, Options())
    assert together == tuple(site for file in files for site in list_sites([file], Options()))
    assert [(site.file, site.address) for site in judged(*files).sites] == [(s.file, s.address) for s in together]


# -- names -------------------------------------------------------------------------------------------------------------


def test_local_symbols_stay_in_their_file(tmp_path: Path) -> None:
    helper = code("helper", "ret", ".local")
    one = code("one", "call helper; ret") + code("user", "call issue; ret") + helper
    two = code("issue", f"call helper; {ISSUE}") + helper
    three = code("three", "call helper; call issue; ret")
    image = program(*build(tmp_path, one=one, two=two, three=three).values())
    assert target(image, "one") == "one.o: helper+0x0"
    assert target(image, "issue") == "two.o: helper+0x0"
    assert target(image, "three").endswith(": helper")  # an undefined symbol that nobody defines


def test_a_clash_leaves_every_file_to_itself_and_says_so(tmp_path: Path) -> None:
    sources = {"one": code("issue", ISSUE), "two": code("issue", WRONG), "user": code("caller", CALLER)}
    files = build(tmp_path, **sources)
    images, notes = load_programs(list(files.values()))
    assert [image.files for image in images] == [(str(path),) for path in files.values()]
    names = ", ".join(map(str, files.values()))
    reason = f"{files['one']} and {files['two']} both define issue"
    assert notes == (f"{names}: each is judged by itself, since {reason}",)
    report = judged(*files.values())
    assert notes[0] in report.assumptions
    assert statuses(report) == {
        ("one.o", "issue"): Status.PROVED,
        ("two.o", "issue"): Status.REFUTED,
        ("user.o", "caller"): Status.INCOMPLETE,
    }


def test_a_weak_definition_gives_way(tmp_path: Path) -> None:
    weak = code("hook", "nop; ret", ".weak")
    user, strong = code("user", "call hook; ret"), code("hook", "ret")
    files = build(tmp_path, weak=weak + code("own", "call hook; ret"), user=user, strong=strong)
    image = program(*files.values())
    assert target(image, "user") == target(image, "own") == "strong.o: hook+0x0"
    hook = image.symbol("hook")
    assert hook is not None and Path(image.file(hook.address)).name == "strong.o"


def test_of_weak_definitions_alone_the_first_counts(tmp_path: Path) -> None:
    weak = code("hook", "ret", ".weak") + code("own", "call hook; call issue; ret")
    user = code("user", "call hook; ret") + code("issue", ISSUE)
    image = program(*build(tmp_path, weak=weak, user=user).values())
    assert target(image, "own") == target(image, "user") == "weak.o: hook+0x0"


def test_an_undefined_weak_symbol_that_is_defined_is_not_null(tmp_path: Path) -> None:
    user = code("user", "call hook; ret") + ".weak hook\n.data\npointer: .quad hook\n"
    files = build(tmp_path, user=user, strong=code("hook", "ret"))
    alone, image = program(files["user"]), program(*files.values())
    for one, known in ((alone, False), (image, True)):
        pointer = one.symbol("pointer")
        assert pointer is not None
        assert (one.read(pointer.address, 8) is not None) is known
    assert target(image, "user") == "strong.o: hook+0x0"


def test_slots_of_the_global_offset_table_are_those_of_each_file(tmp_path: Path) -> None:
    one = code("one", "mov issue@GOTPCREL(%rip), %rax; ret")
    two = code("issue", f"mov one@GOTPCREL(%rip), %rax; {ISSUE}")
    image = program(*build(tmp_path, one=one, two=two).values())
    for name, other in (("one", "issue"), ("issue", "one")):
        function = image.function(name)
        assert function is not None
        content = image.read(function.address, 7)
        assert content is not None
        slot = function.address + 7 + int.from_bytes(content[3:], "little", signed=True)
        assert image.read(slot, 8) == image.address_of(other).to_bytes(8, "little")  # type: ignore[union-attr]


def test_addresses_are_disjoint_and_aligned(tmp_path: Path) -> None:
    aligned = '.section .big, "a", @progbits\n.balign 0x10000\n.quad 1\n.comm shared, 64, 0x2000\n'
    first = code("one", "call two; ret") + ".comm area, 100, 32\n"
    image = program(*build(tmp_path, first=first, second=code("two", "ret") + aligned).values())
    spans = sorted((s.address, s.address + s.size) for s in image.sections if s.size)
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(spans))
    (big,) = [section for section in image.sections if section.name == ".big"]
    assert big.address % 0x10000 == 0
    shared = image.address_of("shared")
    assert shared is not None and shared % 0x2000 == 0
    assert len([section for section in image.sections if section.name == "COMMON"]) == 2


def test_an_undefined_symbol_of_several_files_is_one(tmp_path: Path) -> None:
    text = "call outside; ret"
    image = program(*build(tmp_path, one=code("one", text) + ".long two\n", two=code("two", text)).values())
    assert target(image, "one") == target(image, "two")


def test_a_kernel_module_is_linked_already(tmp_path: Path) -> None:
    module = code("caller", CALLER) + '.section .gnu.linkonce.this_module, "aw", @progbits\n.quad 0\n'
    images, notes = load_programs(list(build(tmp_path, module=module, issue=code("issue", ISSUE)).values()))
    assert (len(images), notes) == (2, ())


def test_kernel_tables_are_read_in_every_file(tmp_path: Path) -> None:
    entry = '.section __ex_table, "a"\n.long {0} - ., {0} - . , 1\n'
    caller = code("caller", "call issue; ret") + entry.format("caller")
    files = build(tmp_path, caller=caller, issue=code("issue", ISSUE) + entry.format("issue"))
    image = program(*files.values())
    assert sorted(map(image.locate, image.fixups)) == ["caller+0x0", "issue+0x0"]
    files |= build(tmp_path, issue=code("issue", ISSUE) + '.section __ex_table, "a"\n.long 1\n')
    with pytest.raises(ImageError, match=r"caller\.o \(linked with 1 other file\): table '__ex_table' is not made of"):
        _ = program(*files.values()).fixups


# -- pointers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taker", "noted"),
    [
        ("lea issue(%rip), %rdi; jmp register_it", True),
        ("mov $issue, %rdi; jmp register_it", True),
        ("ret; .data; .quad issue", True),
        ('ret; .section .rodata.ops, "a"; .quad 0, issue', True),
        ('ret; .section __mcount_loc, "a"; .quad issue', False),
        ("jmp issue", False),
        ("ret", False),
    ],
)
def test_callers_through_pointers_are_named_as_not_looked_for(tmp_path: Path, taker: str, noted: bool) -> None:
    text = code("taker", taker).replace(".size taker", ".text\n.size taker").replace(", . - taker", ", 1")
    files = build(tmp_path, issue=code("issue", f".cfi_startproc; {ISSUE}; .cfi_endproc"), taker=text + ".long 0")
    for given in (list(files.values()), [files["issue"]]):
        found = [line for line in judged(*given).assumptions if "through a pointer" in line]
        expected = ["functions that call issue through a pointer are not looked for"]
        assert found == (expected if noted and len(given) == 2 else [])


# -- callers that no call names ----------------------------------------------------------------------------------------


SENDS = f"mov %rdi, %r10; mov $0xc00, %ecx; mov $0x10001, %r11d; xor %eax, %eax; {TDCALL}; ret"
"""Shows the VMM its argument."""

PASSES = "push %rbx; mov %rbx, %rdi; CALL; pop %rbx; ret"
"""Hands it a register of its caller's."""


def found(*files: Path) -> set[str]:
    """The functions that reach a TDX instruction."""
    return {symbol.name for image in load_programs(files)[0] for symbol in reaching(image)}


@pytest.mark.parametrize(
    ("before", "runs_on"),
    [
        ("mov %rbx, %rdi; .p2align 4; .size before, . - before", True),
        ("mov %rbx, %rdi; .size before, . - before; .p2align 4", True),
        ("mov %rbx, %rdi; .p2align 4, 0xcc; .size before, . - before", True),
        ("mov %rbx, %rdi; int3; .size before, . - before; .p2align 4, 0xcc", True),
        ("mov %rbx, %rdi; hlt; .size before, . - before; .p2align 4", True),
        ("mov %rbx, %rdi; jz 1f; ret; .size before, . - before; 1: call sends; ret", True),
        ("call back; .size before, . - before; .p2align 4", True),
        ("call *%rax; .size before, . - before; .p2align 4", True),
        ("call ahead; .p2align 4; .size before, . - before", True),
        ("call back; .p2align 4; .size before, . - before", True),
        ("call spins; .p2align 4; .size before, . - before", False),
        ("test %rdi, %rdi; jz 1f; call spins; 1: call before; .p2align 4; .size before, . - before", False),
        ("test %rdi, %rdi; jz 1f; ret; 1: call before; .p2align 4; .size before, . - before", True),
        ("call panic; .size before, . - before; .p2align 4", False),
        ("call ahead; int3; .size before, . - before; .p2align 4, 0xcc", False),
        ("mov %rbx, %rdi; ret; .size before, . - before; .p2align 4", False),
        ("mov %rbx, %rdi; ret; .p2align 4, 0xcc; .size before, . - before", False),
        ("ud2; .p2align 4; .size before, . - before", False),
        ("jmp *%rax; .p2align 4; .size before, . - before", False),
        (".skip 16, 0x90; .size before, . - before", False),
    ],
)
def test_a_function_that_runs_on_into_another_is_its_caller(tmp_path: Path, before: str, runs_on: bool) -> None:
    head = ".text\n.globl before\n.type before, @function\nbefore:\n"
    others = code("back", "ret") + code("spins", "call *%rax; 1: hlt; jmp 1b")
    files = build(tmp_path, both=others + head + before + "\n" + code("sends", SENDS))
    assert found(*files.values()) == ({"before", "sends"} if runs_on else {"sends"})


def test_a_call_of_padding_is_one_of_what_follows(tmp_path: Path) -> None:
    """A `__pfx_` symbol is no caller of its function; what calls it is."""
    user = code("user", PASSES.replace("CALL", "call __pfx_sends"))
    files = build(tmp_path, both=user + code("__pfx_sends", ".skip 16, 0x90") + code("sends", SENDS))
    assert found(*files.values()) == {"user", "sends"}


def test_a_label_that_is_no_function_is_passed_through(tmp_path: Path) -> None:
    user = code("user", PASSES.replace("CALL", "call label"))
    files = build(tmp_path, both=user + "label: test %rdi, %rdi; jz 1f; ret\n1: jmp sends\n" + code("sends", SENDS))
    assert found(*files.values()) == {"user", "sends"}
    assert statuses(judged(*files.values())) == {
        ("both.o", "user"): Status.REFUTED,
        ("both.o", "sends"): Status.PROVED,
    }


def test_a_call_that_is_believed_not_to_return_is_an_assumption(tmp_path: Path) -> None:
    files = build(tmp_path, both=code("dies", "push %rax; call fatal") + ".p2align 4\n" + code("issue", ISSUE))
    report = judged(*files.values())
    assert report.exit_status == 0
    assert "dies ends with a call of fatal, which does not return: behind it is issue" in report.assumptions
    assert not any(
        "fatal" in text for text in judged(*build(tmp_path, alone=code("issue", ISSUE)).values()).assumptions
    )


def linked(folder: Path, text: str, *options: str) -> Path:
    """A file that the linker made of an assembly text."""
    (given,) = build(folder, linked=text).values()
    target = folder / "linked"
    subprocess.run(["gcc", "-nostdlib", *options, given, "-o", target], check=True, capture_output=True)
    return target


@pytest.mark.parametrize("call", ["call sends@plt", "call *sends@GOTPCREL(%rip)", "jmp sends@plt"])
@pytest.mark.parametrize("binding", ["-Wl,-z,lazy", "-Wl,-z,now", "-Wl,-Bsymbolic"])
@pytest.mark.parametrize("stripped", [False, True])
def test_callers_through_the_procedure_linkage_table(tmp_path: Path, call: str, binding: str, stripped: bool) -> None:
    text = code("user", f".cfi_startproc; {PASSES.replace('CALL', call)}; .cfi_endproc") + code("other", "ret")
    text += code("quiet", "jmp other@plt") + code("unnamed", ".cfi_startproc; ret; .cfi_endproc", ".local")
    file = linked(tmp_path, text + code("sends", SENDS), "-shared", binding)
    if stripped:
        subprocess.run(["strip", file], check=True)
    assert found(file) == {"user", "sends"}
    assert judged(file).exit_status != 0


def test_an_address_from_the_global_offset_table_is_noted(tmp_path: Path) -> None:
    user = code("user", "mov sends@GOTPCREL(%rip), %rax; jmp register_it@plt")
    file = linked(tmp_path, user + code("sends", SENDS), "-shared")
    assert "functions that call sends through a pointer are not looked for" in judged(file).assumptions


CHOSEN = code("chosen", "lea sends(%rip), %rax; ret").replace("@function", "@gnu_indirect_function")


def test_callers_of_what_is_chosen_at_load_time_are_undecided(tmp_path: Path) -> None:
    user = code("user", PASSES.replace("CALL", "call chosen"))
    files = build(tmp_path, both=user + CHOSEN + code("sends", SENDS, ".local"))
    report = judged(*files.values())
    assert reason(report, "user") == "calls chosen, whose implementation is chosen at load time"
    apart = build(tmp_path, user=user, chosen=CHOSEN + code("sends", SENDS, ".local"))
    assert reason(judged(*apart.values()), "user") == "calls chosen, whose implementation is chosen at load time"


@pytest.mark.parametrize("options", [("-shared",), ("-static",), ("-static-pie",)])
@pytest.mark.parametrize("direct", [True, False])
def test_callers_of_what_is_chosen_in_a_linked_file(tmp_path: Path, options: tuple[str, ...], direct: bool) -> None:
    """The resolver may also ask another function; what chooses only among harmless functions counts for nothing."""
    text = code("_start", PASSES.replace("CALL", "call chosen")) + CHOSEN
    if not direct:
        text = text.replace("lea sends(%rip), %rax;", "push %rax; call ask; pop %rdx;")
        text += code("ask", "lea sends(%rip), %rax; ret", ".local")
    harmless = code("harmless", "lea quiet(%rip), %rax; ret", ".local").replace("@function", "@gnu_indirect_function")
    text += harmless + code("quiet", "jmp harmless", ".local") + code("sends", SENDS, ".local")
    file = linked(tmp_path, text, *options)
    assert found(file) == {"_start", "sends"}
    assert judged(file).exit_status == 3


# -- what is believed of functions in the file -------------------------------------------------------------------------


@pytest.mark.parametrize("through", [False, True])
@pytest.mark.parametrize("name", ["_printk", "insn_decode", "__fentry__", "memcpy", "panic"])
def test_nothing_is_believed_of_a_function_that_makes_tdx_calls(tmp_path: Path, name: str, through: bool) -> None:
    body = code(name, "jmp sends") + code("sends", SENDS) if through else code(name, SENDS)
    user = code("user", PASSES.replace("CALL", f"call {name}"))
    options = Options(contracts=("linux-6.12",))
    files = build(tmp_path, both=user + body)
    assert statuses(prove([files["both"]], options))["both.o", "user"] is Status.REFUTED
    twice = code("twice", "ret")
    apart = build(tmp_path, user=user + twice, other=body + twice)
    if name not in {"panic", "__fentry__"}:
        assert statuses(prove(list(apart.values()), options))["user.o", "user"] is Status.INCOMPLETE


# -- what a chosen symbol covers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("binding", "rest", "covered"),
    [
        (".globl", "", False),
        (".local", "", True),
        (".local", code("other", "jmp helper"), False),
        (".local", '.section .rodata.ops, "a"; .quad helper', False),
    ],
)
def test_a_call_site_of_a_function_that_is_not_judged(tmp_path: Path, binding: str, rest: str, covered: bool) -> None:
    user = code("user", "mov $0x400, %ecx; jmp helper")
    helper = code("helper", f"xor %eax, %eax; xor %r10d, %r10d; {TDCALL}; ret", binding)
    report = judged(*build(tmp_path, both=user + helper + rest).values(), symbols=("user",))
    assert all(verdict.status is Status.PROVED for verdict in report.verdicts)
    assert [site.covered for site in report.sites] == [covered]
    assert report.exit_status == (0 if covered else 3)


# -- what is not linked ------------------------------------------------------------------------------------------------


TWICE = code("twice", "ret")


def reason(report: Report, symbol: str) -> str:
    """Why a function is undecided."""
    (found,) = [v for v in report.verdicts if v.symbol == symbol and v.obligation == "complete"]
    assert found.status is Status.INCOMPLETE
    return found.message


def test_callers_across_files_that_do_not_link_are_undecided(tmp_path: Path) -> None:
    """Neither is left unjudged: a call of `issue` would be a call of either of two functions."""
    top = code("top", "sub $8, %rsp; call caller; add $8, %rsp; ret")
    issues = {"one": code("issue", ISSUE), "two": code("issue", "nop; " + ISSUE)}
    files = build(tmp_path, top=top, user=code("caller", CALLER), **issues)
    report = judged(*files.values())
    assert report.exit_status == 3
    assert statuses(report)["user.o", "caller"] is statuses(report)["top.o", "top"] is Status.INCOMPLETE
    why = f"but the files do not link: {files['one']} and {files['two']} both define issue"
    assert f"calls issue, which {files['one']} defines, {why}" in reason(report, "caller")
    assert f"calls caller, which {files['user']} defines, {why}" in reason(report, "top")
    done = run(words("prove", *files.values(), "--contracts", "seed", "--symbol", "top"))
    rerun = done.stdout.partition("rerun: ")[2].split()
    assert {str(file) for file in files.values()} <= set(rerun)


@pytest.mark.parametrize("call", ["call helper", "movabs $helper, %rax; call *%rax"])
def test_what_another_file_defines_is_not_believed_to_keep_the_convention(tmp_path: Path, call: str) -> None:
    user = code("user", f"sub $8, %rsp; {call}; add $8, %rsp; {ISSUE}") + TWICE
    files = build(tmp_path, user=user, helper=code("helper", "xor %ebx, %ebx; ret") + TWICE)
    report = judged(*files.values())
    assert "calls helper, which" in reason(report, "user")
    assert not any("helper is outside the image" in text for text in report.assumptions)
    assert statuses(judged(files["user"])) == {("user.o", "user"): Status.PROVED}


def test_a_weak_definition_that_would_give_way_is_not_followed(tmp_path: Path) -> None:
    own = code("own", f"sub $8, %rsp; call hook; add $8, %rsp; {ISSUE}")
    weak = own + code("hook", "ret", ".weak") + TWICE
    report = judged(*build(tmp_path, weak=weak, strong=code("hook", "xor %ebx, %ebx; ret") + TWICE).values())
    assert "calls hook, which" in reason(report, "own")


def test_a_function_without_an_address_is_not_taken_for_one_outside(tmp_path: Path) -> None:
    issue = code("issue", ISSUE).replace("@function", "@gnu_indirect_function")
    files = build(tmp_path, caller=code("caller", f"call issue; {ISSUE}"), issue=issue)
    report = judged(*files.values())
    assert reason(report, "caller") == "calls issue, whose implementation is chosen at load time"


MODULE = '.section .gnu.linkonce.this_module, "aw", @progbits\n.quad 0\n'


def test_a_module_that_calls_a_given_object_is_undecided(tmp_path: Path) -> None:
    files = build(tmp_path, module=code("caller", CALLER) + MODULE, issue=code("issue", ISSUE))
    report = judged(*files.values())
    assert report.exit_status == 3
    assert "only ELF objects are linked, and no kernel modules" in reason(report, "caller")


def test_a_module_that_calls_a_wrapper_of_a_given_image_is_undecided(tmp_path: Path) -> None:
    image = code("issue", ISSUE) + code("harmless", "ret")
    quiet = code("quiet", f"sub $8, %rsp; call harmless; add $8, %rsp; {ISSUE}")
    module = code("caller", CALLER) + quiet + MODULE
    files = build(tmp_path, module=module, image=image)
    linked = tmp_path / "image"
    subprocess.run(["ld", "-e", "issue", files["image"], "-o", linked], check=True, capture_output=True)
    report = judged(files["module"], linked)
    assert report.exit_status == 3
    assert "calls issue, which makes TDX calls and is not in the file" in reason(report, "caller")
    assert statuses(report)["module.o", "quiet"] is Status.PROVED


# -- variables ---------------------------------------------------------------------------------------------------------


SAVE = "mov %rbx, saved(%rip); mov $1, %ebx; call issue; mov saved(%rip), %rbx; ret"


@pytest.mark.parametrize(("touches", "status"), [("other", Status.PROVED), ("saved", Status.REFUTED)])
def test_a_variable_is_the_same_in_every_file(tmp_path: Path, touches: str, status: Status) -> None:
    """rbx survives in a variable of another file, unless the callee writes that same variable by its own symbol."""
    variables = "".join(f".globl {name}\n.type {name}, @object\n{name}: .quad 0\n.size {name}, 8\n" for name in
                        ("saved", "other"))  # fmt: skip
    issue = code("issue", f"movq $5, {touches}(%rip); {ISSUE}") + f".data\n{variables}"
    report = judged(*build(tmp_path, caller=code("caller", SAVE), issue=issue).values(), symbols=("caller",))
    (found,) = [v for v in report.verdicts if v.obligation == "preserves/rbx"]
    assert found.status is status


@pytest.mark.parametrize(("touches", "status"), [("other", Status.PROVED), ("saved", Status.REFUTED)])
@pytest.mark.parametrize(
    "declared", [".comm saved, 16", ".globl saved\n.bss\nsaved: .quad 0", ".weak saved\n.bss\nsaved: .quad 0"]
)
def test_common_symbols_of_one_name_are_one_variable(
    tmp_path: Path, touches: str, status: Status, declared: str
) -> None:
    """As large as any file has it, or what one of them defines."""
    caller = code("caller", SAVE) + ".comm saved, 8\n.comm more, 8\n"
    issue = code("issue", f"movq $5, {touches}(%rip); {ISSUE}") + f".comm other, 8\n{declared}\n"
    files = build(tmp_path, caller=caller, issue=issue)
    for order in (files.values(), reversed(files.values())):
        given = list(order)
        assert len(program(*given).files) == 2
        report = judged(*given, symbols=("caller",))
        (found,) = [v for v in report.verdicts if v.obligation == "preserves/rbx"]
        assert found.status is status


def test_of_common_symbols_the_largest_counts(tmp_path: Path) -> None:
    first = code("one", "mov shared(%rip), %rax; call two; ret") + ".comm shared, 8, 8\n.comm first, 8, 8\n"
    second = code("two", "mov shared(%rip), %rax; ret") + ".comm before, 4, 4\n.comm shared, 24, 16\n"
    image = program(*build(tmp_path, first=first, second=second).values())
    shared = [symbol for symbol in image.symbols if symbol.name == "shared"]
    assert [symbol.size for symbol in shared] == [24]
    for name in ("one", "two"):
        function = image.function(name)
        assert function is not None
        content = image.read(function.address, 7)
        assert content is not None
        assert function.address + 7 + int.from_bytes(content[3:], "little", signed=True) == shared[0].address
    spans = sorted((s.address, s.address + s.size) for s in image.symbols if s.size)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_common_symbols_that_no_file_has_room_for_are_not_linked(tmp_path: Path) -> None:
    first = code("one", "call two; ret") + ".comm shared, 8, 64\n"
    _, notes = load_programs(list(build(tmp_path, a=first, b=code("two", "ret") + ".comm shared, 24, 8\n").values()))
    assert len(notes) == 1 and "shared as a common symbol" in notes[0]


HALT = f"""
    push %r12
    mov %rdi, %r12
    add base(%rip), %r12
    mov $12, %r11d
    mov $0x1c00, %ecx
    xor %r10d, %r10d
    xor %eax, %eax
    {TDCALL}
    pop %r12
    test %rax, %rax
    jnz 1f
    mov %r10, %rax
    ret
1:  ud2
"""
BASE = ".globl base\n.type base, @object\nbase: .quad 0\n.size base, 8\n"
MINE = """schema: tdxprove.contracts/1
set: mine
title: one
contracts:
  my_halt:
    prototype: "u64 my_halt(u64 flag)"
    convention: sysv
    arguments: {flag: u64}
    call: {tdvmcall: Instruction.HLT, inputs: {r12: "VALUE"}, failure: panic}
    returns: {rax: call.r10}
    source: ["a mail"]
"""
UNSIZED = "base has 8 bytes (the file does not state its size)"


def halting(folder: Path, value: str, *files: Path) -> Report:
    """The report on `my_halt`, which shall send that value."""
    path = folder / "mine.yaml"
    path.write_text(MINE.replace("VALUE", value))
    return prove(list(files), Options(contracts=(str(path),), symbols=("my_halt",)))


def test_a_contract_names_a_variable_of_another_file(tmp_path: Path) -> None:
    other = code("other", "call my_halt; ret") + f".data\n{BASE}"
    files = build(tmp_path, halt=code("my_halt", HALT), other=other)
    alone, linked = (halting(tmp_path, "flag + data.base", *f) for f in ([files["halt"]], files.values()))
    assert (alone.status, linked.status) == (Status.PROVED, Status.PROVED)
    assert (UNSIZED in alone.assumptions, UNSIZED in linked.assumptions) == (True, False)


def test_a_wrong_use_of_a_variable_of_another_file_replays(tmp_path: Path) -> None:
    files = build(tmp_path, halt=code("my_halt", HALT), other=code("other", "call my_halt; ret") + f".data\n{BASE}")
    for given in ([files["halt"]], list(files.values())):
        report = halting(tmp_path, "flag + data.base + 1", *given)
        (found,) = [v for v in report.verdicts if v.obligation == "passes/r12"]
        assert (found.status, found.replayed, found.message) == (Status.REFUTED, True, found.message)


def test_a_contract_means_the_variable_that_the_function_sees(tmp_path: Path) -> None:
    """The other file has a variable of that name of its own, which comes first."""
    mine, others = "my_base: .quad 0\n.set base, my_base\n", BASE.replace(".globl", ".local")
    halt = code("my_halt", HALT) + f".data\n{mine}"
    files = build(tmp_path, other=code("other", "call my_halt; ret") + f".data\n.quad 7\n{others}", halt=halt)
    assert halting(tmp_path, "flag + data.base", *files.values()).status is Status.PROVED


def test_a_missing_variable_is_the_verdict_of_its_function(tmp_path: Path) -> None:
    files = build(tmp_path, halt=code("my_halt", HALT), other=code("other", "call my_halt; ret"))
    report = halting(tmp_path, "flag + data.cc_mask", *files.values())
    (found,) = report.verdicts
    assert (found.obligation, found.status) == ("complete", Status.INCOMPLETE)
    assert "the file has no variable cc_mask" in found.message
    assert report.exit_status == 3


# -- archives ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", ["rcD", "rcDT", "rcDTS"])
@pytest.mark.parametrize("together", [True, False])
def test_members_of_archives_are_linked(tmp_path: Path, options: str, together: bool) -> None:
    long = "a_rather_long_name_of_a_member"
    (tmp_path / "sub").mkdir()
    files = build(tmp_path / "sub", **{"c": code("caller", CALLER), long: code("issue", ISSUE)})
    archive = tmp_path / "built-in.a"
    inside = list(files.values())[not together :]
    subprocess.run(["ar", options, archive.name, *(f"sub/{f.name}" for f in inside)], cwd=tmp_path, check=True)
    given = [archive] if together else [files["c"], archive]
    report = judged(*given)
    assert {symbol: status for (_, symbol), status in statuses(report).items()} == {
        "caller": Status.PROVED,
        "issue": Status.PROVED,
    }
    assert report.exit_status == 0
    member = f"sub/{long}.o" if "T" in options else f"{long}.o"
    assert report.sites[0].file == f"{archive}({member})"


def test_an_archive_of_thin_archives(tmp_path: Path) -> None:
    """What the kernel's build does in every directory: ar names the objects, relative to the outer archive."""
    (tmp_path / "sub").mkdir()
    build(tmp_path / "sub", issue=code("issue", ISSUE))
    build(tmp_path, caller=code("caller", CALLER))
    subprocess.run(["ar", "cDPrST", "sub/built-in.a", "sub/issue.o"], cwd=tmp_path, check=True)
    subprocess.run(["ar", "cDPrST", "built-in.a", "caller.o", "sub/built-in.a"], cwd=tmp_path, check=True)
    image = program(tmp_path / "built-in.a")
    assert image.files == (f"{tmp_path}/built-in.a(caller.o)", f"{tmp_path}/built-in.a(sub/issue.o)")


@pytest.fixture
def thin(tmp_path: Path) -> Path:
    """A thin archive of one object."""
    build(tmp_path, issue=code("issue", ISSUE))
    subprocess.run(["ar", "rcDT", "thin.a", "issue.o"], cwd=tmp_path, check=True)
    return tmp_path / "thin.a"


def refused(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(ImageError) as caught:
        load_images(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_thin_archive_without_its_object(thin: Path) -> None:
    (thin.parent / "issue.o").unlink()
    assert refused(thin) == f"{thin.parent}/issue.o: no such file; check the path"


def test_a_cut_thin_archive_is_whole_or_refused(thin: Path) -> None:
    whole = thin.read_bytes()
    for length in range(8, len(whole)):
        thin.write_bytes(whole[:length])
        assert refused(thin).startswith(str(thin))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"/0    ", b"/99   ", "thin archive with a member of no file: b'/99"),
        (b"/0    ", b"/0:68 ", "thin archive with a member of no file: b'/0:68"),
        (b"`\n", b"``", "damaged archive: no header of a member at byte"),
    ],
)
def test_a_damaged_thin_archive(thin: Path, old: bytes, new: bytes, reason: str) -> None:
    head, found, tail = thin.read_bytes().rpartition(old)
    assert found
    thin.write_bytes(head + new + tail)
    assert refused(thin).startswith(f"{thin}: {reason}")


# -- code that functions share -----------------------------------------------------------------------------------------

INPUTS = "xor %eax, %eax; xor %r10d, %r10d; mov $0x400, %ecx"
SPOILT = "xor %eax, %eax; xor %r10d, %r10d; mov $0x401, %ecx"


@pytest.mark.parametrize(("other", "exit_status"), [(INPUTS, 0), (SPOILT, 1)])
def test_code_of_no_function_is_judged_for_all_that_jump_there(tmp_path: Path, other: str, exit_status: int) -> None:
    shared = f"shared: {TDCALL}; ret\n"
    text = code("first", f"{INPUTS}; jmp shared") + shared + code("second", f"{other}; jmp shared")
    files = build(tmp_path, x=text)
    report = judged(files["x"])
    assert {symbol for _, symbol in statuses(report)} == {"first", "second"}
    assert report.exit_status == exit_status
    assert judged(files["x"], symbols=("first",)).exit_status == 3


def test_code_of_no_function_whose_address_is_taken_is_uncovered(tmp_path: Path) -> None:
    text = code("first", f"{INPUTS}; jmp shared") + f"shared: {TDCALL}; ret\n"
    assert judged(build(tmp_path, x=text)["x"]).exit_status == 0
    assert judged(build(tmp_path, x=text + ".data\n.quad shared\n")["x"]).exit_status == 3
    assert judged(build(tmp_path, x=text + code("g", "lea shared(%rip), %rax; ret"))["x"]).exit_status == 3


def test_code_that_other_files_can_name_is_uncovered_if_it_is_no_function(tmp_path: Path) -> None:
    text = code("first", f"{INPUTS}; jmp shared") + f".type shared, @object; shared: {TDCALL}; ret; .size shared, 5\n"
    assert judged(build(tmp_path, x=text)["x"]).exit_status == 0
    assert judged(build(tmp_path, x=text + ".globl shared\n")["x"]).exit_status == 3


@pytest.mark.parametrize("levels", [None, 0])
@pytest.mark.parametrize(("other", "exit_status"), [(INPUTS, 0), (SPOILT, 1)])
@pytest.mark.parametrize("place", ["issue.cold", "issue + 10"])
def test_who_jumps_into_the_middle_is_judged(
    tmp_path: Path, place: str, other: str, exit_status: int, levels: int | None
) -> None:
    if place == "issue.cold":
        text = code("issue", f"{INPUTS}; jmp issue.cold") + code("issue.cold", f"{TDCALL}; ret", ".local")
    else:
        text = code("issue", f"{INPUTS}; {TDCALL}; ret")
    files = build(tmp_path, x=text + code("other", f"{other}; jmp {place}"))
    report = prove([files["x"]], Options(contracts=("seed",), callers=levels))
    assert ("x.o", "other") in statuses(report)
    assert report.exit_status == exit_status


@pytest.mark.parametrize(("other", "exit_status"), [(INPUTS, 0), (SPOILT, 1)])
@pytest.mark.parametrize("way", ["lea issue + 10(%rip), %rdx; jmp *%rdx", "movabs $issue + 10, %rdx; push %rdx; ret"])
def test_who_takes_an_address_in_the_middle_is_judged(tmp_path: Path, way: str, other: str, exit_status: int) -> None:
    text = code("issue", f"{INPUTS}; {TDCALL}; ret")
    report = judged(build(tmp_path, x=text + code("other", f"{other}; {way}"))["x"])
    assert ("x.o", "other") in statuses(report)
    assert report.exit_status == exit_status


@pytest.mark.parametrize(("other", "exit_status"), [(INPUTS, 0), (SPOILT, 1)])
@pytest.mark.parametrize("levels", [None, 1])
@pytest.mark.parametrize("place", ["issue", "issue + 10"])
def test_who_goes_on_there_after_a_fault_is_judged(
    tmp_path: Path, place: str, levels: int | None, other: str, exit_status: int
) -> None:
    text = code("issue", f"{INPUTS}; {TDCALL}; ret") + code("other", f"{other}; 1: mov (%rdi), %r9; ret")
    fix_up = f'.section __ex_table, "a"\n.long 1b - ., {place} - ., 1\n'
    report = prove([build(tmp_path, x=text + fix_up)["x"]], Options(contracts=("seed",), callers=levels))
    assert ("x.o", "other") in statuses(report)
    assert report.exit_status == (exit_status if place == "issue + 10" else 0)


@pytest.mark.parametrize(("kept", "exit_status"), [("%rax", 0), ("%rbx", 1)])
@pytest.mark.parametrize("linker", [("-r",), ("-e", "second")], ids=["object", "executable"])
def test_who_comes_there_from_a_part_of_another_file(
    tmp_path: Path, linker: tuple[str, ...], kept: str, exit_status: int
) -> None:
    """Two source files have a static `helper`; the part that was split off belongs to the one that leads to it."""
    makes = code("make", f"{INPUTS}; {TDCALL}; ret", ".local")
    one = makes + code("helper", "jmp make", ".local") + code("first", "jmp helper")
    two = makes + code("helper", "test %rdi, %rdi; jnz helper.cold; ret", ".local") + code("second", "jmp helper")
    two += code("helper.cold", f"mov %rsi, {kept}; call make; ret", ".local")
    files = build(tmp_path, one=one, two=two)
    subprocess.run(["ld", *linker, *files.values(), "-o", tmp_path / "both"], check=True)
    report = judged(tmp_path / "both")
    assert {symbol for _, symbol in statuses(report)} == {"make", "helper", "first", "second"}
    assert len({verdict.address for verdict in report.verdicts}) == 6
    assert report.exit_status == exit_status


@pytest.mark.parametrize(("given", "exit_status"), [(INPUTS, 0), (SPOILT, 1)])
def test_who_holds_a_call_in_an_alternative_only_is_judged(tmp_path: Path, given: str, exit_status: int) -> None:
    """The replacement lies in no function: who executes it is who holds the place that it is for."""
    text = (
        code("issue", f"{given}; 1: vmcall; nop; 2: ret")
        + f"""
        .section .altinstr_replacement, "ax"
        3: {TDCALL}; 4:
        .section .altinstructions, "a"
        .long 1b - ., 3b - .; .word 0x2d6, 0; .byte 2b - 1b, 4b - 3b
        """
    )
    report = judged(build(tmp_path, x=text)["x"])
    assert {symbol for _, symbol in statuses(report)} == {"issue"}
    assert report.exit_status == exit_status


def test_a_number_is_no_address_in_the_middle(tmp_path: Path) -> None:
    """Of an image above 4 GiB the lower half of an address is a number like any other; all of it is an address."""
    issue, number = code("issue", f"{INPUTS}; {TDCALL}; ret"), "add $0x4000100a, %esi"
    other = code("other", f"{SPOILT}; {number}; ret") + code("third", f"{INPUTS}; movabs $issue + 10, %rdx; jmp *%rdx")
    objects = build(tmp_path, x=f'.section issuing, "ax"\n{issue.removeprefix(".text")}', y=other)
    text = ["-Ttext=0x140002000", "--section-start=issuing=0x140001000"]
    subprocess.run(["ld", "-e", "issue", *text, *objects.values(), "-o", tmp_path / "x"], check=True)
    report = judged(tmp_path / "x")
    assert {symbol for _, symbol in statuses(report)} == {"issue", "third"}
    assert report.exit_status == 0


@pytest.mark.parametrize("label", ["issue", "issue_again"])
def test_who_takes_the_address_of_a_function_is_not_judged(tmp_path: Path, label: str) -> None:
    again = ".globl issue_again; .type issue_again, @function; issue_again:"
    text = code("issue", f"nop; {again} {INPUTS}; {TDCALL}; ret")
    report = judged(build(tmp_path, x=text + code("other", f"lea {label}(%rip), %rax; ret"))["x"])
    assert "other" not in {symbol for _, symbol in statuses(report)}
    assert report.exit_status == 0


def test_bytes_that_read_as_an_address_in_the_middle_are_no_operand(tmp_path: Path) -> None:
    """A displacement: in firmware, which lies right below 4 GiB, those of frames look like addresses of code."""
    text = code("issue", f"{INPUTS}; {TDCALL}; ret") + code("other", "mov %rax, issue + 10(%rbp); ret")
    report = judged(build(tmp_path, x=text)["x"])
    assert "other" not in {symbol for _, symbol in statuses(report)}
    assert report.exit_status == 0


def test_who_jumps_to_a_part_of_a_function_that_is_left_out_counts(tmp_path: Path) -> None:
    text = code("first", f"sub $8, %rsp; {INPUTS}; call issue; add $8, %rsp; ret")
    text += code("issue", "jmp issue.cold", ".local") + code("issue.cold", f"{TDCALL}; ret", ".local")
    files = build(tmp_path, one=text, two=text + code("other", f"{SPOILT}; jmp issue.cold"))
    assert judged(files["one"], symbols=("first",)).exit_status == 0
    assert judged(files["two"], symbols=("first",)).exit_status == 3


# -- static functions with a contract ----------------------------------------------------------------------------------

STATIC = """\
schema: tdxprove.contracts/1
set: mine
title: a static function, and what it calls
contracts:
  issue:
    prototype: "u64 issue(void)"
    convention: sysv
    call: {tdvmcall: GetTdVmCallInfo, inputs: {r12: 0}, permitted: 0x1c00, permitted_reason: r, failure: return}
    source: [made up for this test]
  ask:
    prototype: "static u64 ask(void)"
    convention: sysv
    call: {tdvmcall: GetTdVmCallInfo, inputs: {r12: 0}, failure: panic}
    static: true
    source: [made up for this test]
"""


@pytest.mark.parametrize("linked", [False, True], ids=["objects", "executable"])
@pytest.mark.parametrize("first", ["mine", "other"])
def test_a_static_contract_is_for_the_function_that_makes_calls(tmp_path: Path, first: str, linked: bool) -> None:
    """Another file has a function of the same name, before or behind it, which does not lead to a call."""
    contracts = tmp_path / "static.yaml"
    contracts.write_text(STATIC.replace("  issue:", "  issue_elsewhere:"))
    caller = code("ask", "sub $8, %rsp; call issue; add $8, %rsp; ret", ".local") + code("top", "jmp ask")
    sources = {"mine": caller, "other": code("ask", "mov %rbx, %r12; xor %ebx, %ebx; ret", ".local")}
    files = build(tmp_path, **{name: sources[name] for name in sorted(sources, reverse=first == "other")})
    files |= build(tmp_path, issue=code("issue", ISSUE))
    paths = [files[first], *(path for name, path in files.items() if name != first)]
    if linked:
        subprocess.run(["ld", "-e", "top", *paths, "-o", tmp_path / "linked"], check=True, capture_output=True)
        paths = [tmp_path / "linked"]
    report = prove(paths, Options(contracts=(str(contracts),)))
    asked = [v for v in report.verdicts if v.symbol == "ask"]
    assert {v.contract for v in asked} == {"mine"}
    assert len({(v.file, v.address) for v in asked}) == 1
    if not linked:
        assert {Path(v.file).name for v in asked} == {"mine.o"}


def test_a_static_contract_without_a_function_that_makes_calls_is_for_none(tmp_path: Path) -> None:
    """Fails closed all the same: the call sites of the file are not covered by it."""
    contracts = tmp_path / "static.yaml"
    contracts.write_text(STATIC)
    files = build(tmp_path, other=code("ask", "xor %ebx, %ebx; ret", ".local") + code("issue", ISSUE))
    report = prove(list(files.values()), Options(contracts=(str(contracts),)))
    assert {v.symbol for v in report.verdicts} == {"issue"}
