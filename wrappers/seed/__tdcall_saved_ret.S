/*
 * __tdcall_saved_ret: a TDCALL leaf with inputs or outputs in any register.
 *
 *   u64 __tdcall_saved_ret(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: every member is passed on and written back
 *   out        rax completion status of the TDX module
 *
 * With TDG.VP.VMCALL the VMM may choose every register that args->rcx selects,
 * so the outputs are scrubbed once they are in the struct: the callee-saved
 * registers get their old values, the others zero.  rbp is no part of args,
 * but TDG.VP.ENTER changes it.
 */
#ifndef SEED_TDCALL_SAVED_RET
#define SEED_TDCALL_SAVED_RET
#include "tdx.h"

FUNC_START __tdcall_saved_ret
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rsi			/* args, for after the call */
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
	movq	ARGS_R12(%rsi), %r12
	movq	ARGS_R13(%rsi), %r13
	movq	ARGS_R14(%rsi), %r14
	movq	ARGS_R15(%rsi), %r15
	movq	ARGS_RBX(%rsi), %rbx
	movq	ARGS_RDI(%rsi), %rdi
	movq	ARGS_RSI(%rsi), %rsi	/* last: this drops the pointer */
	tdcall
	pushq	%rsi			/* free rsi for the pointer */
	movq	8(%rsp), %rsi
	movq	%rcx, ARGS_RCX(%rsi)
	movq	%rdx, ARGS_RDX(%rsi)
	movq	%r8, ARGS_R8(%rsi)
	movq	%r9, ARGS_R9(%rsi)
	movq	%r10, ARGS_R10(%rsi)
	movq	%r11, ARGS_R11(%rsi)
	movq	%r12, ARGS_R12(%rsi)
	movq	%r13, ARGS_R13(%rsi)
	movq	%r14, ARGS_R14(%rsi)
	movq	%r15, ARGS_R15(%rsi)
	movq	%rbx, ARGS_RBX(%rsi)
	movq	%rdi, ARGS_RDI(%rsi)
	popq	%rdi			/* rsi of the answer */
	movq	%rdi, ARGS_RSI(%rsi)
	addq	$8, %rsp
	zero	ecx, edx, esi, edi, r8d, r9d, r10d, r11d
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
FUNC_END __tdcall_saved_ret

#endif
