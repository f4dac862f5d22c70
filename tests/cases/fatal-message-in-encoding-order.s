# title: the message is loaded in the order of the register numbers
# contract: seed
# symbol: tdvmcall_report_fatal_error
# expect: refuted passes/r14
# because: r14
# expect: refuted passes/r15
# because: r15
# expect: refuted passes/rbx
# because: rbx
# expect: refuted passes/rsi
# because: rsi
# expect: refuted passes/r8
# because: r8
# expect: refuted passes/r9
# because: r9
# expect: refuted passes/rdx
# because: rdx

	.text
	.globl	tdvmcall_report_fatal_error
	.type	tdvmcall_report_fatal_error, @function
tdvmcall_report_fatal_error:
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	(%rdx), %rax
	mov	8(%rdx), %rbx
	mov	16(%rdx), %rsi
	mov	24(%rdx), %rdi
	mov	32(%rdx), %r8
	mov	40(%rdx), %r9
	mov	48(%rdx), %r14
	mov	56(%rdx), %r15
	mov	%rax, %rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ud2
	.size	tdvmcall_report_fatal_error, . - tdvmcall_report_fatal_error
