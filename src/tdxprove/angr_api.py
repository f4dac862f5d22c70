"""The parts of angr that tdxprove uses, and all that differs between angr 9.2 (Python 3.11) and angr 10 (3.12 on).

angr 9.2 has claripy as a package of its own with Z3 behind it, angr 10 carries it inside and has no way to Z3 terms:
`tdxprove.translation` makes them, so that both versions hand the same formulas to the same solver.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

logging.getLogger("angr").setLevel(logging.CRITICAL)  # what angr would warn about, a path's end names
logging.getLogger("pyvex").setLevel(logging.CRITICAL)
logging.getLogger("cle").setLevel(logging.CRITICAL)

import angr  # noqa: E402  (the loggers above must be silent before its import)
import pyvex  # noqa: E402
from angr.engines.vex.claripy import ccall  # noqa: E402
from angr.engines.vex.heavy.heavy import HeavyVEXMixin  # noqa: E402
from angr.errors import SimError  # noqa: E402
from angr.state_plugins.plugin import SimStatePlugin  # noqa: E402
from pyvex.lifting import register  # noqa: E402
from pyvex.lifting.util import GymratLifter, Instruction  # noqa: E402

try:
    from angr import claripy
except ImportError:  # angr 9.2
    import claripy

__all__ = [
    "Ast",
    "GymratLifter",
    "HeavyVEXMixin",
    "Instruction",
    "SimError",
    "SimStatePlugin",
    "angr",
    "ccall",
    "claripy",
    "new_state",
    "pyvex",
    "register",
    "symbol",
]

Ast = Any
"""A claripy bit vector or boolean: the two versions share no importable base class."""


@functools.lru_cache(maxsize=1 << 15)
def symbol(name: str, bits: int) -> Ast:
    """The unknown called `name`, the same object wherever it is asked for."""
    return claripy.BVS(name, bits, explicit_name=True)


def new_state(project: Any, plugins: dict[str, Any]) -> Any:
    """A bare SimState: no default options, so nothing is simplified, solved or concretised on the side."""
    return angr.SimState(project=project, mode="symbolic", plugins=plugins, options={angr.sim_options.DO_CCALLS})
