# title: rep movsq copies the message to the stack, from where it is popped
# contract: seed
# symbol: tdvmcall_report_fatal_error
# expect: proved

	.text
	.globl	tdvmcall_report_fatal_error
	.type	tdvmcall_report_fatal_error, @function
tdvmcall_report_fatal_error:
	mov	%rdi, %r12
	mov	%rsi, %r13
	sub	$64, %rsp
	mov	%rdx, %rsi
	mov	%rsp, %rdi
	mov	$8, %ecx
	rep movsq
	pop	%r14
	pop	%r15
	pop	%rbx
	pop	%rdi
	pop	%rsi
	pop	%r8
	pop	%r9
	pop	%rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ud2
	.size	tdvmcall_report_fatal_error, . - tdvmcall_report_fatal_error
