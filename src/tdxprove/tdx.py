"""Numbers of the TDX register ABI that every stage needs: how RAX names a leaf, which bits of RCX are illegal.

Source: intel/tdx-module 1.5.05, src/td_dispatcher/tdx_td_dispatcher.c (RAX) and
src/td_dispatcher/vm_exits/tdg_vp_vmcall.c (RCX); TDX 1.0 has no version field.
"""

from __future__ import annotations

import functools
from typing import Final

from tdxprove.catalogue import load_catalogue
from tdxprove.leaf import Leaf
from tdxprove.registers import RBP_MASK_BIT, RESERVED_MASK_BITS

VMCALL: Final = 0
"""Leaf number of TDG.VP.VMCALL."""

LEAF_BITS: Final = 1 << 63 | 0xFFFF
"""Bits of RAX that name a leaf: 15:0, and bit 63 for P-SEAMLDR (SEAMCALL only)."""

_VERSION_SHIFT: Final = 16


def encodings(leaf: Leaf) -> tuple[int, ...]:
    """Values of RAX that name a leaf, one for each of its versions (bits 23:16)."""
    return tuple(encoding(leaf, version) for version in leaf.versions or (0,))


def encoding(leaf: Leaf, version: int) -> int:
    """The value of RAX that names a leaf in one version."""
    return (leaf.number or 0) | version << _VERSION_SHIFT


def reserved_mask(no_rbp_mod: bool) -> int:
    """Bits of RCX that make TDG.VP.VMCALL fail when set; RBP's with CONFIG_FLAGS.NO_RBP_MOD only."""
    low = sum(1 << bit for bit in RESERVED_MASK_BITS) | (1 << RBP_MASK_BIT if no_rbp_mod else 0)
    return low | 0xFFFF_FFFF_0000_0000


@functools.cache
def asked(instruction: str, rax: int | None) -> tuple[str, ...]:
    """Registers that say what the module is asked, so that its answer tells of them.

    Where nobody knows the leaf (None), those of any leaf. Of TDG.VP.VMCALL the VMM answers: the module looks at RAX and
    RCX, and passes the rest on.
    """
    found = {"rax", "rcx"} if rax is None or rax == VMCALL else {"rax"}
    for leaf in load_catalogue(instruction).leaves.values():
        mediated = instruction == "tdcall" and leaf.number == VMCALL
        if leaf.number is not None and not mediated and (rax is None or rax in encodings(leaf)):
            found |= {operand.register for operand in leaf.inputs}
    return tuple(sorted(found))
