/*
 * __tdcall_ret: a TDCALL leaf with outputs in volatile registers.
 *
 *   u64 __tdcall_ret(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: rcx, rdx, r8-r11 are passed on and written back
 *   out        rax completion status of the TDX module
 *
 * For the same leaves as __tdcall: rsi and the callee-saved registers outlast
 * the call.
 */
#include "tdx.h"

FUNC_START __tdcall_ret
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
	tdcall
	movq	%rcx, ARGS_RCX(%rsi)
	movq	%rdx, ARGS_RDX(%rsi)
	movq	%r8, ARGS_R8(%rsi)
	movq	%r9, ARGS_R9(%rsi)
	movq	%r10, ARGS_R10(%rsi)
	movq	%r11, ARGS_R11(%rsi)
	ret
FUNC_END __tdcall_ret
