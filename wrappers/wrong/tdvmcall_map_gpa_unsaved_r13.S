/*
 * tdvmcall_map_gpa with a defect: r13 carries the size and is exposed, but it
 * is neither saved nor restored.  Whatever the VMM leaves in r13 ends up in a
 * register in which the caller keeps a variable.
 *
 * Compare with ../seed/tdvmcall_map_gpa.S.
 */
#include "../seed/tdx.h"

FUNC_START tdvmcall_map_gpa
	pushq	%r12
	movq	(%rdi), %r12
	movq	%rsi, %r13
	zero	r10d
	movl	$TDVMCALL_MAP_GPA, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_map_gpa
	movq	%r11, (%rdi)
	movq	%r10, %rax
	popq	%r12
	ret

.Lrefused_map_gpa:
	ud2
FUNC_END tdvmcall_map_gpa
