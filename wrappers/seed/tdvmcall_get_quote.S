/*
 * tdvmcall_get_quote: hand a quote request to the VMM.
 *
 *   u64 tdvmcall_get_quote(u64 gpa, u64 size);
 *
 *   in         rdi gpa of the shared request buffer, rsi its size in bytes
 *   out        rax status of the VMM (r10)
 *   to VMM     r10 0, r11 sub-function, r12 gpa, r13 size
 *   from VMM   r10 status
 *
 * The call only starts the request; its outcome appears in the buffer.
 */
#include "tdx.h"

FUNC_START tdvmcall_get_quote
	pushq	%r12
	pushq	%r13
	movq	%rdi, %r12
	movq	%rsi, %r13
	zero	r10d
	movl	$TDVMCALL_GET_QUOTE, %r11d
	movl	$(TDX_R10 | TDX_R11 | TDX_R12 | TDX_R13), %ecx
	movl	$TDG_VP_VMCALL, %eax
	tdcall
	testq	%rax, %rax
	jnz	.Lrefused_get_quote
	movq	%r10, %rax
	popq	%r13
	popq	%r12
	ret

.Lrefused_get_quote:
	ud2
FUNC_END tdvmcall_get_quote
