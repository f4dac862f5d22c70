/*
 * __seamcall_saved_ret: a SEAMCALL leaf with inputs or outputs in any register.
 *
 *   u64 __seamcall_saved_ret(u64 fn, struct tdx_module_args *args);
 *
 *   in         rdi fn: leaf number
 *              rsi args: every member is passed on, and written back if the
 *              call got to the TDX module
 *   out        rax completion status of the TDX module; if SEAMCALL did not
 *              get there SEAMCALL_VMFAILINVALID, or SEAMCALL_FAULTED or-ed
 *              with the number of the trap
 *
 * The leaf for this is TDH.VP.ENTER: it returns with values of the guest in
 * nearly every register, and some modules zero rbp.  So rbp is saved too, and
 * the registers are scrubbed once they are in the struct, as in
 * __tdcall_saved_ret.
 */
#include "tdx.h"

FUNC_START __seamcall_saved_ret
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rsi			/* args, for after the call */
	movq	%rdi, %rax
	movq	ARGS_RCX(%rsi), %rcx
	movq	ARGS_RDX(%rsi), %rdx
	movq	ARGS_R8(%rsi), %r8
	movq	ARGS_R9(%rsi), %r9
	movq	ARGS_R10(%rsi), %r10
	movq	ARGS_R11(%rsi), %r11
	movq	ARGS_R12(%rsi), %r12
	movq	ARGS_R13(%rsi), %r13
	movq	ARGS_R14(%rsi), %r14
	movq	ARGS_R15(%rsi), %r15
	movq	ARGS_RBX(%rsi), %rbx
	movq	ARGS_RDI(%rsi), %rdi
	movq	ARGS_RSI(%rsi), %rsi	/* last: this drops the pointer */
.Lseamcall_saved_ret:
	seamcall
	jc	.Lvmfailinvalid_seamcall_saved_ret
	pushq	%rsi			/* free rsi for the pointer */
	movq	8(%rsp), %rsi
	movq	%rcx, ARGS_RCX(%rsi)
	movq	%rdx, ARGS_RDX(%rsi)
	movq	%r8, ARGS_R8(%rsi)
	movq	%r9, ARGS_R9(%rsi)
	movq	%r10, ARGS_R10(%rsi)
	movq	%r11, ARGS_R11(%rsi)
	movq	%r12, ARGS_R12(%rsi)
	movq	%r13, ARGS_R13(%rsi)
	movq	%r14, ARGS_R14(%rsi)
	movq	%r15, ARGS_R15(%rsi)
	movq	%rbx, ARGS_RBX(%rsi)
	movq	%rdi, ARGS_RDI(%rsi)
	popq	%rdi			/* rsi of the answer */
	movq	%rdi, ARGS_RSI(%rsi)

.Lscrub_seamcall_saved_ret:
	addq	$8, %rsp
	zero	ecx, edx, esi, edi, r8d, r9d, r10d, r11d
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

.Lvmfailinvalid_seamcall_saved_ret:
	movabsq	$SEAMCALL_VMFAILINVALID, %rax
	jmp	.Lscrub_seamcall_saved_ret

.Lfault_seamcall_saved_ret:
	movabsq	$SEAMCALL_FAULTED, %rcx
	orq	%rcx, %rax
	jmp	.Lscrub_seamcall_saved_ret
	ex_table_fault .Lseamcall_saved_ret, .Lfault_seamcall_saved_ret
FUNC_END __seamcall_saved_ret
