/*
 * tdvmcall_mmio_write: write a device register by way of the VMM.
 *
 *   u64 tdvmcall_mmio_write(u64 size, u64 gpa, u64 value);
 *
 *   in         rdi size in bytes, rsi gpa, rdx value
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 size, r13 direction, r14 gpa,
 *              r15 value
 *   from VMM   r10 status
 */
#include "tdx.h"

FUNC_START tdvmcall_mmio_write
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rdi, %r12
	movl	$MMIO_WRITE, %r13d
	movq	%rsi, %r14
	movq	%rdx, %r15
	zero	r10d
	movl	$TDVMCALL_MMIO, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13 | TDX_R14 | TDX_R15), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_mmio_write
	movq	%r10, %rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	ret

.Lrefused_mmio_write:
	ud2
FUNC_END tdvmcall_mmio_write
