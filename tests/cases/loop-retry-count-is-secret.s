# title: how often a call is made depends on rbx
# contract: generic
# symbol: f
# expect: incomplete complete
# because: something secret
# expect: refuted confines/rcx
# because: whether the call is made

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	mov	%rdi, %r14
1:	mov	%rsi, %r12
	mov	%r14, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	9f
	dec	%rbx
	jnz	1b
	cmp	$1, %r10
	je	1b
	mov	%r10, %rax
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
9:	ud2
	.size	f, . - f
