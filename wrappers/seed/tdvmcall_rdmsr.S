/*
 * tdvmcall_rdmsr: read a model-specific register by way of the VMM.
 *
 *   u64 tdvmcall_rdmsr(u64 index, u64 *value);
 *
 *   in         rdi index of the MSR
 *              rsi value: where the answer goes; its old content stays here
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 index
 *   from VMM   r10 status, r11 new *value
 */
#include "tdx.h"

FUNC_START tdvmcall_rdmsr
	pushq	%r12
	movq	%rdi, %r12
	zero	r10d
	movl	$TDVMCALL_RDMSR, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_rdmsr
	movq	%r11, (%rsi)
	movq	%r10, %rax
	popq	%r12
	ret

.Lrefused_rdmsr:
	ud2
FUNC_END tdvmcall_rdmsr
