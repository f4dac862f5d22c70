/*
 * tdvmcall_report_fatal_error: tell the VMM that the guest gives up, and why.
 *
 *   void tdvmcall_report_fatal_error(u64 code, u64 gpa, const u64 message[8])
 *			__attribute__((noreturn));
 *
 *   in         rdi code, rsi gpa of a shared page with more text
 *              rdx message: 64 bytes of text
 *   out        does not return
 *   to VMM     r10 0, r11 sub-function, r12 code, r13 gpa,
 *              r14 r15 rbx rdi rsi r8 r9 rdx message[0] to message[7]
 *   from VMM   nothing of use
 *
 * Nothing is saved, since nobody is left to want it.  The VMM may resume the
 * guest all the same; then, as after a refusal, ud2 is what it finds.
 */
#include "tdx.h"

FUNC_START tdvmcall_report_fatal_error
	movq	%rdi, %r12
	movq	%rsi, %r13
	movq	0(%rdx), %r14
	movq	8(%rdx), %r15
	movq	16(%rdx), %rbx
	movq	24(%rdx), %rdi
	movq	32(%rdx), %rsi
	movq	40(%rdx), %r8
	movq	48(%rdx), %r9
	movq	56(%rdx), %rdx		/* last: this drops the pointer */
	zero	r10d
	movl	$TDVMCALL_FATAL_ERROR, %r11d
	movl	$TDX_ALL_GPRS, %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	ud2
FUNC_END tdvmcall_report_fatal_error
