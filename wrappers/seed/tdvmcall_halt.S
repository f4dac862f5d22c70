/*
 * tdvmcall_halt: HLT by way of the VMM.
 *
 *   u64 tdvmcall_halt(u64 irq_disabled);
 *
 *   in         rdi irq_disabled: 1 if interrupts are blocked, else 0
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 irq_disabled
 *   from VMM   r10 status
 *
 * It does not touch the interrupt flag.
 */
#include "tdx.h"

FUNC_START tdvmcall_halt
	pushq	%r12
	movq	%rdi, %r12
	zero	r10d
	movl	$TDVMCALL_HLT, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_halt
	movq	%r10, %rax
	popq	%r12
	ret

.Lrefused_halt:
	ud2
FUNC_END tdvmcall_halt
