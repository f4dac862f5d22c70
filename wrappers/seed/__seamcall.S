/*
 * __seamcall: a SEAMCALL leaf without outputs that the caller wants.
 *
 *   u64 __seamcall(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: only read; rcx, rdx, r8-r11 are passed on
 *   out        rax completion status of the TDX module; if SEAMCALL did not
 *              get there SEAMCALL_VMFAILINVALID, or SEAMCALL_FAULTED or-ed
 *              with the number of the trap
 *
 * For leaves that change no callee-saved register, so not for TDH.VP.ENTER.
 */
#include "tdx.h"

FUNC_START __seamcall
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
.Lseamcall:
	seamcall
	jc	.Lvmfailinvalid_seamcall
	ret

.Lvmfailinvalid_seamcall:
	movabsq	$SEAMCALL_VMFAILINVALID, %rax
	ret

.Lfault_seamcall:
	movabsq	$SEAMCALL_FAULTED, %rcx
	orq	%rcx, %rax
	ret
	ex_table_fault .Lseamcall, .Lfault_seamcall
FUNC_END __seamcall
