# title: from the second round on another register is sent
# contract: generic
# symbol: f
# expect: refuted confines/r13
# because: r13

	.text
	.globl	f
	.type	f, @function
f:
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
	mov	%rbx, %r14
	cmp	$1, %r10
	je	1b
	mov	%r10, %rax
	pop	%r14
	pop	%r13
	pop	%r12
	ret
9:	ud2
	.size	f, . - f
