/*
 * __tdx_hypercall: any TDG.VP.VMCALL, with every register that a mask can
 * select exposed.
 *
 *   u64 __tdx_hypercall(struct tdx_module_args *args);
 *
 *   in         rdi args: r10 call type, r11 sub-function, the rest inputs;
 *              args->rcx is overwritten with the mask, all else with the
 *              registers as the VMM left them
 *   out        rax status of the VMM (args->r10)
 *
 * A call that the TDX module refuses never returns to the caller.
 */
#include "tdx.h"
#include "__tdcall_saved_ret.S"

FUNC_START __tdx_hypercall
	pushq	%rdi			/* args; aligns the stack as well */
	movq	$TDX_ALL_GPRS, ARGS_RCX(%rdi)
	movq	%rdi, %rsi
	movl	$TDG_VP_VMCALL, %edi
	call	__tdcall_saved_ret
	testq	%rax, %rax
	jnz	.Lrefused_hypercall
	popq	%rdi
	movq	ARGS_R10(%rdi), %rax
	ret

.Lrefused_hypercall:
	call	__tdx_hypercall_failed	/* does not return */
	ud2
FUNC_END __tdx_hypercall
