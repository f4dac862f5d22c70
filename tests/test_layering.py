"""The data flow of docs/architecture.md holds: who may import whom, and who may import which library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "tdxprove"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "src" / PACKAGE).glob("*.py")}
ORDER = re.findall(r"^- `(\w+)`: ", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)

# Library -> modules that may import it. Only libraries whose spread matters are named here.
EXECUTION = {
    "translation", "lift", "by_hand", "machine", "bytewise", "address", "regions", "permission", "frame", "behind",
    "memory", "register_file", "vex", "flags", "fingerprint", "exploration", "rounds", "walks", "conditions", "guesses",
    "bounds", "loops", "merging", "recollection", "faults", "tdx_call", "outside", "transfer", "step", "execute",
}  # fmt: skip
PROOF = {
    "evaluate", "claims", "masks", "at_call", "agreement", "noninterference", "at_return", "on_path", "obligations",
    "discharge", "counterexample", "replay", "scenario", "processor", "concrete_memory", "emulator", "thread",
    "exposure", "attempt",
}  # fmt: skip
DECIDING = {
    "exploration", "bounds", "transfer", "step", "execute", "discharge", "counterexample", "attempt", "prove_function",
    "selection", "check", "cli",
}  # fmt: skip
LIBRARIES = {
    "angr": {"angr_api"},
    "claripy": {"angr_api"},
    "cle": set(),
    "pyvex": {"angr_api"},
    "archinfo": {"angr_api", "lift", "register_file"},
    "capstone": {"instructions", "lift", "by_hand", "sites", "flow", "leads", "references", "uses"},
    "unicorn": {"processor", "concrete_memory"},
    "z3": PROOF
    | {
        "translation",
        "terms",
        "path",
        "solver",
        "exploration",
        "conditions",
        "guesses",
        "bounds",
        "loops",
        "merging",
        "recollection",
        "faults",
        "transfer",
        "step",
        "execute",
    },
    "elftools": {"dwarf", "eh_frame"},
    "arpy": {"archive"},
    "lz4": {"compression"},
    "lzallright": {"compression"},
    "zstandard": {"compression"},
    "pefile": {"pe"},
    "uefi_firmware": {"unpacking"},
    "yaml": {"strict_yaml", "violations"},
    "jsonschema": {"specfile", "violations"},
    "click": {"ending", "cli", "options"},
    "rich": {"output", "page", "cli"},
    f"{PACKAGE}.angr_api": EXECUTION,
    f"{PACKAGE}.solver": DECIDING,
}
# These read and write files for people and programs; nobody should need a prover to load a contract or a report.
PLAIN = {
    "errors", "registers", "symbols", "strict_yaml", "specfile", "expression", "leaf", "catalogue", "tdx", "convention",
    "entry", "vouched", "contract", "contract_set", "contract_file", "generic", "program", "image", "displacements",
    "leads", "pointers", "callers", "callgraph", "verdict", "report", "output", "page", "report_json", "folding",
    "report_text", "show", "explain",
}  # fmt: skip
PROVERS = {"angr", "claripy", "pyvex", "archinfo", "unicorn", "z3"}
DECIDES = {
    "Solver", "SolverFor", "SimpleSolver", "Optimize", "Fixedpoint", "Goal", "Tactic", "Then", "OrElse", "solve",
    "prove",
}  # fmt: skip


def imports(source: str, *, late: bool = True) -> Iterator[str]:
    """Dotted names that a source imports; with `late` also those imported inside functions or for types only."""
    tree = ast.parse(source)
    for node in ast.walk(tree) if late else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(name: str) -> str | None:
    """The module of this package that a dotted name lies in."""
    package, _, rest = name.partition(".")
    return rest.partition(".")[0] if package == PACKAGE and rest.partition(".")[0] in SOURCES else None


def libraries_behind(module: str, *, late: bool) -> set[str]:
    """Top-level names of everything that importing a module imports, through any number of modules of this package."""
    found: set[str] = set()
    pending, seen = [module], {module}
    while pending:
        for name in imports(SOURCES[pending.pop()], late=late):
            inner = own(name)
            if inner is None:
                found.add(name.partition(".")[0])
            elif inner not in seen:
                seen.add(inner)
                pending.append(inner)
    return found


def decisions(source: str) -> list[str]:
    """Uses of those parts of Z3 that decide formulas, rather than build them."""
    used = [
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "z3"
    ]
    used += [name.removeprefix("z3.") for name in imports(source) if name.startswith("z3.")]
    return [name for name in used if name in DECIDES or name == "*"]


def test_every_module_is_listed_once() -> None:
    assert sorted(ORDER) == sorted(SOURCES.keys() - {"__init__"}), "docs/architecture.md does not list the modules"


@pytest.mark.parametrize("module", ORDER)
def test_imports_only_from_above(module: str) -> None:
    above = set(ORDER[: ORDER.index(module)])
    below = {name for name in map(own, imports(SOURCES[module])) if name is not None} - above - {"__init__"}
    assert not below, f"{module} imports from modules that come after it in docs/architecture.md"


@pytest.mark.parametrize("module", ORDER)
def test_libraries_stay_where_they_belong(module: str) -> None:
    misplaced = {
        name
        for name in imports(SOURCES[module])
        for library, allowed in LIBRARIES.items()
        if f"{name}.".startswith(f"{library}.") and module not in allowed
    }
    assert not misplaced


@pytest.mark.parametrize("module", sorted(PLAIN))
def test_specifications_and_reports_need_no_prover(module: str) -> None:
    assert not libraries_behind(module, late=True) & PROVERS


def test_the_command_starts_without_angr() -> None:
    assert not libraries_behind("cli", late=False) & {"angr", "claripy", "pyvex", "unicorn"}


@pytest.mark.parametrize("module", ORDER)
def test_only_the_solver_decides(module: str) -> None:
    assert module == "solver" or not decisions(SOURCES[module])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import z3\nz3.Solver().check()", ["Solver"]),
        ("from z3 import Optimize", ["Optimize"]),
        ("from z3 import *", ["*"]),
        ("import z3\nz3.simplify(z3.BitVec('a', 1))", []),
    ],
)
def test_decisions_are_found(source: str, found: list[str]) -> None:
    assert decisions(source) == found


def test_late_imports_are_found() -> None:
    source = "import ast\ndef f() -> None:\n    from tdxprove.path import Path"
    assert list(imports(source)) == ["ast", "tdxprove.path.Path"]
    assert list(imports(source, late=False)) == ["ast"]
