/*
 * tdvmcall_cpuid: CPUID by way of the VMM.
 *
 *   u64 tdvmcall_cpuid(u64 leaf, u64 subleaf, u64 out[4]);
 *
 *   in         rdi leaf (eax of CPUID), rsi subleaf (ecx)
 *              rdx out: eax, ebx, ecx, edx of the answer, in this order
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 leaf, r13 subleaf, r14 r15 0
 *   from VMM   r10 status, r12-r15 new out[0] to out[3]
 *
 * r14 and r15 are exposed for the answer alone, so they go out as zero.
 */
#include "tdx.h"

FUNC_START tdvmcall_cpuid
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rdi, %r12
	movq	%rsi, %r13
	zero	r14d, r15d
	zero	r10d
	movl	$TDVMCALL_CPUID, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13 | TDX_R14 | TDX_R15), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_cpuid
	movq	%r12, 0(%rdx)
	movq	%r13, 8(%rdx)
	movq	%r14, 16(%rdx)
	movq	%r15, 24(%rdx)
	movq	%r10, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	ret

.Lrefused_cpuid:
	ud2
FUNC_END tdvmcall_cpuid
