# title: a comparison that always holds jumps over the call
# contract: seed
# symbol: tdvmcall_report_fatal_error
# expect: vacuous covers/call
# because: call
# expect: refuted failure/tdcall
# because: without having made the call

	.text
	.globl	tdvmcall_report_fatal_error
	.type	tdvmcall_report_fatal_error, @function
tdvmcall_report_fatal_error:
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	(%rdx), %r14
	mov	8(%rdx), %r15
	mov	16(%rdx), %rbx
	mov	24(%rdx), %rdi
	mov	32(%rdx), %rsi
	mov	40(%rdx), %r8
	mov	48(%rdx), %r9
	mov	56(%rdx), %rdx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	cmp	$0, %eax
	je	.Lskip
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lskip:
	ud2
	.size	tdvmcall_report_fatal_error, . - tdvmcall_report_fatal_error
