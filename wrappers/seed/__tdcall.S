/*
 * __tdcall: a TDCALL leaf without outputs that the caller wants.
 *
 *   u64 __tdcall(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: only read; rcx, rdx, r8-r11 are passed on
 *   out        rax completion status of the TDX module
 *
 * For leaves that change no callee-saved register.  Neither TDG.VP.VMCALL
 * (whose mask could expose what this function does not load) nor TDG.VP.ENTER
 * is one of them.
 */
#include "tdx.h"

FUNC_START __tdcall
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
	tdcall
	ret
FUNC_END __tdcall
