# title: the message is loaded from its end, its last word first into rax
# contract: seed
# symbol: tdvmcall_report_fatal_error
# expect: proved

	.text
	.globl	tdvmcall_report_fatal_error
	.type	tdvmcall_report_fatal_error, @function
tdvmcall_report_fatal_error:
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	56(%rdx), %rax
	mov	48(%rdx), %r9
	mov	40(%rdx), %r8
	mov	32(%rdx), %rsi
	mov	24(%rdx), %rdi
	mov	16(%rdx), %rbx
	mov	8(%rdx), %r15
	mov	(%rdx), %r14
	mov	%rax, %rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ud2
	.size	tdvmcall_report_fatal_error, . - tdvmcall_report_fatal_error
