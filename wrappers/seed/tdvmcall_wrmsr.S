/*
 * tdvmcall_wrmsr: write a model-specific register by way of the VMM.
 *
 *   u64 tdvmcall_wrmsr(u64 index, u64 value);
 *
 *   in         rdi index of the MSR, rsi value
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 index, r13 value
 *   from VMM   r10 status
 */
#include "tdx.h"

FUNC_START tdvmcall_wrmsr
	pushq	%r12
	pushq	%r13
	movq	%rdi, %r12
	movq	%rsi, %r13
	zero	r10d
	movl	$TDVMCALL_WRMSR, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_wrmsr
	movq	%r10, %rax
	popq	%r13
	popq	%r12
	ret

.Lrefused_wrmsr:
	ud2
FUNC_END tdvmcall_wrmsr
