# title: the size is sent in pages
# contract: seed
# symbol: tdvmcall_get_quote
# expect: refuted passes/r13
# because: r13

	.text
	.globl	tdvmcall_get_quote
	.type	tdvmcall_get_quote, @function
tdvmcall_get_quote:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	mov	%rsi, %r13
	shr	$12, %r13
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_get_quote, . - tdvmcall_get_quote
