"""Kernel configurations in which the TDX code of Linux is built: what changes the machine code of its wrappers.

Each starts from `allnoconfig` and is completed by Kconfig, as a kernel developer does it with KCONFIG_ALLCONFIG.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE = """
    64BIT SMP MODULES BUG PRINTK PCI ACPI EFI EFI_STUB RELOCATABLE RANDOMIZE_BASE RANDOMIZE_MEMORY X86_X2APIC X86_MCE
    HYPERVISOR_GUEST PARAVIRT KVM_GUEST HYPERV INTEL_TDX_GUEST VIRT_DRIVERS TDX_GUEST_DRIVER=m
    AMD_MEM_ENCRYPT VIRTUALIZATION KVM KVM_INTEL COMPACTION MEMORY_ISOLATION CMA INTEL_TDX_HOST
"""
"""A TDX guest and a TDX host in one, as distributions build them."""


@dataclass(frozen=True)
class Configuration:
    """`options` on top of BASE: `NAME` is y, `!NAME` is n, `NAME=value` any other. `llvm` builds with clang and lld."""

    name: str
    options: str = ""
    llvm: bool = False

    def settings(self) -> dict[str, str]:
        """CONFIG_ names and values, the later of two counts."""
        found = {}
        for word in f"{BASE} {self.options}".split():
            name, _, value = word.removeprefix("!").partition("=")
            found[f"CONFIG_{name}"] = "n" if word.startswith("!") else value or "y"
        return found


_MITIGATIONS = "CPU_MITIGATIONS MITIGATION_RETPOLINE MITIGATION_RETHUNK MITIGATION_SLS"
_TRACING = "FTRACE FUNCTION_TRACER DYNAMIC_FTRACE KPROBES JUMP_LABEL"
_HARDENING = "STACKPROTECTOR STACKPROTECTOR_STRONG FORTIFY_SOURCE HARDENED_USERCOPY INIT_STACK_ALL_ZERO"
_DISTRIBUTION = f"{_TRACING} {_HARDENING} X86_KERNEL_IBT X86_5LEVEL"
_RETPOLINE = "CPU_MITIGATIONS MITIGATION_RETPOLINE"
"""All that clang 14, the one of Debian 12, can do of `_MITIGATIONS`."""

CONFIGURATIONS = (
    Configuration("gcc-orc", "UNWINDER_ORC"),
    Configuration("gcc-frame-pointer", "UNWINDER_FRAME_POINTER"),
    Configuration("gcc-ibt", "UNWINDER_ORC X86_KERNEL_IBT"),
    Configuration("gcc-mitigations", _MITIGATIONS),
    Configuration("gcc-call-depth", f"{_MITIGATIONS} MITIGATION_CALL_DEPTH_TRACKING"),
    Configuration("gcc-traced", _TRACING),
    Configuration("gcc-hardened", f"{_HARDENING} ZERO_CALL_USED_REGS"),
    Configuration("gcc-kasan", "KASAN KASAN_GENERIC KASAN_OUTLINE"),
    Configuration("gcc-kasan-inline", "KASAN KASAN_GENERIC KASAN_INLINE UNWINDER_FRAME_POINTER"),
    Configuration("gcc-size", f"CC_OPTIMIZE_FOR_SIZE {_MITIGATIONS}"),
    Configuration("gcc-paravirt-xxl", f"PARAVIRT_XXL XEN XEN_PV {_MITIGATIONS}"),
    Configuration("gcc-distribution", f"{_DISTRIBUTION} {_MITIGATIONS}"),
    Configuration("clang-orc", "UNWINDER_ORC", llvm=True),
    Configuration("clang-frame-pointer", f"UNWINDER_FRAME_POINTER {_RETPOLINE}", llvm=True),
    Configuration("clang-distribution", f"{_DISTRIBUTION} {_RETPOLINE}", llvm=True),
)
