/*
 * __seamcall_ret: a SEAMCALL leaf with outputs in volatile registers.
 *
 *   u64 __seamcall_ret(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: rcx, rdx, r8-r11 are passed on, and written back
 *              if the call got to the TDX module
 *   out        rax completion status of the TDX module; if SEAMCALL did not
 *              get there SEAMCALL_VMFAILINVALID, or SEAMCALL_FAULTED or-ed
 *              with the number of the trap
 *
 * For leaves that change no callee-saved register, so not for TDH.VP.ENTER.
 */
#include "tdx.h"

FUNC_START __seamcall_ret
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
.Lseamcall_ret:
	seamcall
	jc	.Lvmfailinvalid_seamcall_ret
	movq	%rcx, ARGS_RCX(%rsi)
	movq	%rdx, ARGS_RDX(%rsi)
	movq	%r8, ARGS_R8(%rsi)
	movq	%r9, ARGS_R9(%rsi)
	movq	%r10, ARGS_R10(%rsi)
	movq	%r11, ARGS_R11(%rsi)
	ret

.Lvmfailinvalid_seamcall_ret:
	movabsq	$SEAMCALL_VMFAILINVALID, %rax
	ret

.Lfault_seamcall_ret:
	movabsq	$SEAMCALL_FAULTED, %rcx
	orq	%rcx, %rax
	ret
	ex_table_fault .Lseamcall_ret, .Lfault_seamcall_ret
FUNC_END __seamcall_ret
