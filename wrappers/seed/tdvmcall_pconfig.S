/*
 * tdvmcall_pconfig: PCONFIG by way of the VMM.
 *
 *   u64 tdvmcall_pconfig(u64 leaf, u64 regs[11]);
 *
 *   in         rdi leaf
 *              rsi regs: rdx rbx rsi rdi r8 r9 r11 r12 r13 r14 r15 of the
 *              answer, in this order
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 leaf, the rest 0
 *   from VMM   r10 status, every other exposed register
 *
 * Of this sub-function only the number is confirmed by a public source; the
 * leaf in r12 and the set of outputs are the widest reading.  Every register
 * that can hold a pointer across the call is exposed, but for rbp, which a
 * wrapper should not rely on: the pointer waits on the stack.
 */
#include "tdx.h"

FUNC_START tdvmcall_pconfig
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rsi
	movq	%rdi, %r12
	zero	edx, ebx, esi, edi, r8d, r9d, r13d, r14d, r15d
	zero	r10d
	movl	$TDVMCALL_PCONFIG, %r11d
	movl	$TDX_ALL_GPRS, %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_pconfig
	popq	%rax			/* regs */
	movq	%rdx, 0(%rax)
	movq	%rbx, 8(%rax)
	movq	%rsi, 16(%rax)
	movq	%rdi, 24(%rax)
	movq	%r8, 32(%rax)
	movq	%r9, 40(%rax)
	movq	%r11, 48(%rax)
	movq	%r12, 56(%rax)
	movq	%r13, 64(%rax)
	movq	%r14, 72(%rax)
	movq	%r15, 80(%rax)
	movq	%r10, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	ret

.Lrefused_pconfig:
	ud2
FUNC_END tdvmcall_pconfig
