/*
 * tdvmcall_trampoline: any TDG.VP.VMCALL with up to four inputs.
 *
 * Not callable from C; meant for asm() statements.  It has a convention of
 * its own, so that callers can take the outputs straight from the registers:
 *
 *   in         rax reason, rdi, rsi, rdx, rcx the four inputs
 *   out        r10 status, r11-r15 as the VMM left them
 *   preserved  rbx, rbp, rsp, rdi, rsi, rdx, r8, r9, direction flag
 *   clobbered  rax, rcx, r10-r15, arithmetic flags
 *
 * The VMM sees r10-r15 and nothing else.  A refused call ends in ud2.
 */
#include "tdx.h"

FUNC_START tdvmcall_trampoline
	movq	%rax, %r11
	movq	%rdi, %r12
	movq	%rsi, %r13
	movq	%rdx, %r14
	movq	%rcx, %r15		/* before the mask takes rcx */
	zero	r10d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13 | TDX_R14 | TDX_R15), %ecx
	movl	$TDG_VP_VMCALL, %eax	/* the reason is still in rax: clear it */
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_trampoline
	ret

.Lrefused_trampoline:
	ud2
FUNC_END tdvmcall_trampoline
