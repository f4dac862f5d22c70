"""A kernel and the modules that are given with it are one program, as the module loader makes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tdxprove.check import prove
from tdxprove.image import Image, load_programs
from tdxprove.report import Report
from tdxprove.selection import Options
from tdxprove.verdict import Status
from tests.helpers import TDCALL
from tests.test_link import CALLER, ISSUE, WRONG, code, reason, statuses

BASE = 0xFFFF_FFFF_8100_0000
RELEASE = "6.12.1-test"
BANNER = f'.section .rodata, "a"\n.globl linux_banner\nlinux_banner: .asciz "Linux version {RELEASE} (me)"\n'


def kernel(folder: Path, text: str, name: str = "vmlinux", banner: str = BANNER) -> Path:
    """A linked kernel of functions in assembly."""
    source, path = folder / f"{name}.s", folder / name
    source.write_text(f'{text}\n{banner}\n.section .note.GNU-stack, "", @progbits\n')
    places = f"-Wl,-Ttext={BASE:#x},-e,issue,--build-id=none"
    command = ["gcc", "-g", "-nostdlib", "-static", "-no-pie", places, "-o", str(path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def module(folder: Path, name: str, text: str, release: str = RELEASE) -> Path:
    """A kernel module of functions in assembly."""
    source, path = folder / f"{name}.s", folder / f"{name}.ko"
    information = f'.section .modinfo, "a"\n.asciz "license=GPL"\n.asciz "vermagic={release} SMP mod_unload "\n'
    this = '.section .gnu.linkonce.this_module, "aw", @progbits\n.quad 0\n'
    source.write_text(f'{text}\n{information}{this}.section .note.GNU-stack, "", @progbits\n')
    subprocess.run(["gcc", "-g", "-c", source, "-o", path], check=True, capture_output=True)
    return path


def judged(*files: Path) -> Report:
    """The report on files that are given together, under the generic contract."""
    return prove(files, Options(contracts=("seed",)))


def loaded(*files: Path) -> Image:
    """The one image that files make."""
    (image,), notes = load_programs(files)
    assert not notes
    return image


@pytest.mark.parametrize(("issue", "expected"), [(ISSUE, Status.PROVED), (WRONG, Status.REFUTED)])
def test_what_a_module_calls_in_its_kernel_is_followed_where_it_makes_tdx_calls(
    tmp_path: Path, issue: str, expected: Status
) -> None:
    driver = module(tmp_path, "driver", code("caller", CALLER) + code("top", "call caller; ret"))
    found = statuses(judged(driver, kernel(tmp_path, code("issue", issue))))
    assert found == dict.fromkeys([("vmlinux", "issue"), ("driver.ko", "caller"), ("driver.ko", "top")], expected)


def test_a_wrong_caller_is_refuted_where_it_stands(tmp_path: Path) -> None:
    wrong = CALLER.replace("pop %rbx", "mov (%rsp), %rcx; add $8, %rsp")
    driver = module(tmp_path, "driver", code("caller", wrong))
    report = judged(kernel(tmp_path, code("issue", ISSUE)), driver)
    (found,) = [v for v in report.verdicts if v.status is Status.REFUTED]
    assert (Path(found.file).name, found.obligation, found.replayed) == ("driver.ko", "preserves/rbx", True)
    assert found.address == "0x0"  # as objdump shows a module's


def test_what_makes_no_tdx_call_is_not_followed_into_the_kernel(tmp_path: Path) -> None:
    """Its code would be refuted: it loses rbx. That it keeps the convention is an assumption of the module's proof."""
    vmlinux = kernel(tmp_path, code("issue", ISSUE) + code("idle", "xor %ebx, %ebx; ret"))
    driver = module(tmp_path, "driver", code("caller", "sub $8, %rsp; call idle; call issue; add $8, %rsp; ret"))
    report = judged(vmlinux, driver)
    assert set(statuses(report).values()) == {Status.PROVED}
    assert any(text.startswith("idle is in the kernel and not followed: it keeps") for text in report.assumptions)


def test_without_its_kernel_a_module_that_calls_a_described_function_is_undecided(tmp_path: Path) -> None:
    driver = module(tmp_path, "driver", code("caller", CALLER.replace("issue", "tdvmcall_halt")))
    report = judged(driver)
    assert report.exit_status == 3
    assert reason(report, "caller") == "calls tdvmcall_halt, which makes TDX calls and is not in the file"


def test_callers_in_modules_of_described_functions_are_judged(tmp_path: Path) -> None:
    """The wrapper holds no TDX instruction itself, and callers in kernels are not looked for unasked."""
    wrapper = code("tdvmcall_halt", "jmp issue")
    filling = ".text\n.skip 0x500000, 0xcc\n"
    vmlinux = kernel(tmp_path, code("issue", ISSUE) + wrapper + filling)
    driver = module(tmp_path, "driver", code("caller", CALLER.replace("issue", "tdvmcall_halt")))
    found = statuses(judged(vmlinux, driver))
    assert found["driver.ko", "caller"] is Status.PROVED
    assert ("vmlinux", "tdvmcall_halt") in found


def test_modules_call_each_other(tmp_path: Path) -> None:
    vmlinux = kernel(tmp_path, code("nothing", "ret"))
    first = module(tmp_path, "first", code("caller", CALLER))
    second = module(tmp_path, "second", code("issue", ISSUE))
    found = statuses(judged(vmlinux, first, second))
    assert found == {("first.ko", "caller"): Status.PROVED, ("second.ko", "issue"): Status.PROVED}


def test_a_name_of_two_files_is_nobodys(tmp_path: Path) -> None:
    vmlinux = kernel(tmp_path, code("issue", ISSUE))
    driver = module(tmp_path, "driver", code("caller", CALLER))
    report = judged(vmlinux, driver, module(tmp_path, "other", code("issue", ISSUE)))
    assert report.exit_status == 3
    assert reason(report, "caller").endswith("other.ko defines, but not at an address that is known")


def test_a_local_symbol_of_the_kernel_is_not_what_a_module_means(tmp_path: Path) -> None:
    vmlinux = kernel(tmp_path, code("issue", ISSUE, ".local"))
    report = judged(vmlinux, module(tmp_path, "driver", code("caller", CALLER)))
    assert report.exit_status == 3
    assert reason(report, "caller") == "calls issue, which makes TDX calls and is not in the file"


@pytest.mark.parametrize(
    ("release", "kernels", "why"),
    [
        ("6.12.2-test", 1, "vmlinux is Linux 6.12.1-test, {}/driver.ko is a module of Linux 6.12.2-test"),
        (RELEASE, 2, "{}/vmlinux and {}/other are two kernels"),
    ],
)
def test_modules_of_another_kernel_are_judged_by_themselves(
    tmp_path: Path, release: str, kernels: int, why: str
) -> None:
    files = [kernel(tmp_path, code("issue", ISSUE), name) for name in ("vmlinux", "other")[:kernels]]
    driver = module(tmp_path, "driver", code("caller", CALLER), release)
    report = judged(*files, driver)
    assert report.exit_status == 3
    assert statuses(report)["driver.ko", "caller"] is Status.INCOMPLETE
    assert any(text.endswith(why.format(tmp_path, tmp_path)) for text in report.assumptions)


@pytest.mark.parametrize(("touches", "status"), [("other", Status.PROVED), ("saved", Status.REFUTED)])
def test_a_variable_of_the_kernel_is_the_same_in_its_module(tmp_path: Path, touches: str, status: Status) -> None:
    variables = ".data\n" + "".join(f".globl {name}\n{name}: .quad 0\n" for name in ("saved", "other"))
    vmlinux = kernel(tmp_path, code("issue", f"movq $5, {touches}(%rip); {ISSUE}") + variables)
    save = "mov %rbx, saved(%rip); mov $1, %ebx; call issue; mov saved(%rip), %rbx; ret"
    assert statuses(judged(vmlinux, module(tmp_path, "driver", code("caller", save))))["driver.ko", "caller"] is status


def test_per_cpu_variables_lie_around_zero(tmp_path: Path) -> None:
    """The distance from a module's code wraps around."""
    vmlinux = kernel(tmp_path, code("issue", ISSUE) + ".globl per_cpu\n.set per_cpu, 0x40\n")
    image = loaded(vmlinux, module(tmp_path, "driver", code("caller", "mov %gs:per_cpu(%rip), %rax; ret")))
    caller = image.function("caller")
    assert caller is not None
    content = image.read(caller.address, 8)
    assert content is not None
    assert (caller.address + 8 + int.from_bytes(content[4:], "little", signed=True)) % (1 << 64) == 0x40


def test_tables_of_kernel_and_module_both_count(tmp_path: Path) -> None:
    entry = '.section {1}, "a"\n{2}.long {0} - ., {0} - ., 1\n{3}'
    marks = ("__start___ex_table: .globl __start___ex_table\n", "__stop___ex_table: .globl __stop___ex_table\n")
    vmlinux = kernel(tmp_path, code("issue", ISSUE) + entry.format("issue", ".rodata", *marks))
    driver = module(tmp_path, "driver", code("caller", f"{TDCALL}; ret") + entry.format("caller", "__ex_table", "", ""))
    image = loaded(vmlinux, driver)
    assert sorted(map(image.locate, image.fixups)) == ["caller+0x0", "issue+0x0"]


def test_what_neither_defines_is_outside(tmp_path: Path) -> None:
    vmlinux = kernel(tmp_path, code("issue", ISSUE))
    driver = module(tmp_path, "driver", code("caller", "sub $8, %rsp; call absent; call issue; add $8, %rsp; ret"))
    image = loaded(vmlinux, driver)
    address = image.referred("absent")
    assert address is not None and image.external_at(address) == "absent" and image.section_at(address) is None
    report = judged(vmlinux, driver)
    assert set(statuses(report).values()) == {Status.PROVED}
    assert any(text.startswith("absent is outside the image") for text in report.assumptions)
