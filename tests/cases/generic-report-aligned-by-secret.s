# title: which of two buffers in an aligned frame takes the report is decided by RBX, and whether the VMM is called with it
# contract: generic
# symbol: report_then_call
# expect: refuted confines/rcx
# because: whether the call is made
	.text
	.globl	report_then_call
	.type	report_then_call, @function
report_then_call:
	push	%rbp
	mov	%rsp, %rbp
	sub	$4096, %rsp
	and	$-64, %rsp
	mov	%rsp, %rcx
	mov	%rbx, %rax
	and	$1, %eax		# the caller's RBX is a secret
	shl	$10, %eax
	add	%rax, %rcx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.MR.REPORT, the module may refuse one buffer and take the other
	test	%rax, %rax
	jnz	1f
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x0c00, %ecx		# R10, R11
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
1:	leave
	ret
	.size	report_then_call, . - report_then_call
