"""Names of functions that compilers, sanitizers and kernels call unasked, and of which it is known what they do."""

from __future__ import annotations

import re
from typing import Final

RETURN_THUNKS: Final = frozenset({"__x86_return_thunk"})
"""Linux arch/x86/lib/retpoline.S: patched at boot to one of several sequences that all end in a return."""

STATIC_CALL_TRAMPOLINE: Final = "__SCT__"
"""How names begin of code that the kernel rewrites when a static call gets another target, and that calls go through
where objtool has not listed them yet (Linux include/linux/static_call_types.h, arch/x86/kernel/static_call.c)."""

TRACING_STUBS: Final = frozenset({"__fentry__", "mcount"})
"""Linux arch/x86/kernel/ftrace_64.S: a no-op unless tracing is switched on, and transparent to the caller then."""

RESCHEDULING: Final = frozenset(
    f"{prefix}preempt_schedule{kind}"
    for prefix, kind in (("", "_thunk"), ("", "_notrace_thunk"), ("__SCT__", ""), ("__SCT__", "_notrace"))
)
"""Linux arch/x86/include/asm/preempt.h, arch/x86/entry/thunk.S: called where preemption is enabled again. Others run
then, and every register comes back but the flags, as compilers are told."""

INDIRECT_THUNK: Final = re.compile(
    r"__x86_indirect_(?:call_|jump_)?thunk_(?:nt_|bnd_)?(?P<register>\w+)|__llvm_(?:external_retpoline|retpoline|lvi_thunk)_(?P<llvm>r11)"
)
"""Linux arch/x86/lib/retpoline.S, GCC (-mindirect-branch), LLVM (-mretpoline): the name ends in the register that holds
the target."""

RUST_PANICS: Final = re.compile(
    r"_(?:ZN|RI?Nv(?:N[tv])*Cs\w*?_)(?:4core(?:9panicking\d|6option1[3-9](?:unwrap|expect)_failed|6result13unwrap_failed"
    r"|5slice(?:5index\d+slice_\w*_?fail|[\w.$]*17len_mismatch_fail)|3str\d+slice_error_fail|4cell\d+panic_already_)"
    r"|5alloc(?:5alloc18handle_alloc_error|7raw_vec(?:17capacity_overflow|12handle_error)))\w*"
)
"""Functions of Rust's libraries that are declared `-> !` (rust-lang/rust library/core/src/panicking.rs, option.rs,
result.rs, slice/index.rs, slice/mod.rs, str/mod.rs, cell.rs, library/alloc/src/alloc.rs, raw_vec), mangled as of either
scheme (rustc book, symbol mangling)."""

ABORTS: Final = re.compile(
    r"__ubsan_handle_(\w+_abort|builtin_unreachable|missing_return)|__asan_report_(load|store)(\d+|_n)"
)
"""What sanitizers call in place of the handlers that come back (compiler-rt/lib/ubsan/ubsan_handlers.h,
lib/asan/asan_interface_internal.h; Linux lib/ubsan.c)."""

THUNK_PREFIXES: Final = ("__x86_indirect_", "__llvm_retpoline", "__llvm_external_retpoline", "__llvm_lvi")

CHECKS: Final = re.compile(
    r"__asan_(report_)?(load|store)(\d+|N|_n)?(_noabort)?|__asan_handle_no_return|__kasan_check_(read|write)"
    r"|__tsan_(func_(entry|exit)|(unaligned_|volatile_|unaligned_volatile_)?(read|write)\d+|(read|write)_range|read_write\d+)"
    r"|__kcsan_check_access|__ubsan_handle_\w+|__sanitizer_cov_trace_(pc|pc_guard|(const_)?cmp\d|switch)"
    r"|__hwasan_(load|store)(\d+|N)(_noabort)?|__cyg_profile_func_(enter|exit)"
)
"""Calls that compilers insert for KASAN, KCSAN, UBSAN and KCOV (Linux mm/kasan/generic.c, kernel/kcsan/core.c,
lib/ubsan.c, kernel/kcov.c) or with -finstrument-functions, and that look at what the code does, report what is wrong,
and go on. Others of these names (memcpy, atomic operations) are the operation itself."""

OWN_CONVENTIONS: Final = frozenset({"__morestack", "__morestack_non_split"})
"""Calls that come back where no other would: split stacks run the rest of the function from inside of them, and return
past the instruction behind the call (GCC libgcc/config/i386/morestack.S)."""

RETURNING_TWICE: Final = frozenset(
    "setjmp _setjmp __setjmp __sigsetjmp sigsetjmp _setjmpex vfork getcontext savectx SetJump".split()
)
"""Calls that may come back a second time, with the frame as the code behind the first return left it (C17 7.13.1.1;
GCC, attribute returns_twice; EDK2 MdePkg/Include/Library/BaseLib.h, SetJump)."""

IN_RCX: Final = re.compile(r"__put_user_(nocheck_)?[1248]|rep_(movs|stos)_alternative")
"""Functions of Linux that say in rcx what went wrong or was not copied (arch/x86/lib/putuser.S, copy_user_64.S,
clear_page_64.S)."""
