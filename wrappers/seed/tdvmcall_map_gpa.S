/*
 * tdvmcall_map_gpa: ask the VMM to map a range of guest-physical addresses
 * as shared or private.
 *
 *   u64 tdvmcall_map_gpa(u64 *gpa, u64 size);
 *
 *   in         rdi gpa: in, start of the range; out, where the VMM stopped
 *              rsi size in bytes
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 *gpa, r13 size
 *   from VMM   r10 status, r11 new *gpa
 *
 * *gpa is a value of the VMM at return: callers check it before they retry.
 */
#include "tdx.h"

FUNC_START tdvmcall_map_gpa
	pushq	%r12
	pushq	%r13
	movq	(%rdi), %r12
	movq	%rsi, %r13
	zero	r10d
	movl	$TDVMCALL_MAP_GPA, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_map_gpa
	movq	%r11, (%rdi)		/* rdi is not exposed: still the pointer */
	movq	%r10, %rax
	popq	%r13
	popq	%r12
	ret

.Lrefused_map_gpa:
	ud2
FUNC_END tdvmcall_map_gpa
