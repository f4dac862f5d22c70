# title: the end of the range is kept in rbp, which is not restored
# contract: generic
# symbol: f
# expect: refuted preserves/rbp
# because: rbp

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	sub	$8, %rsp
	mov	%rdi, %rbx
	mov	%rsi, %rbp
1:	cmp	%rbp, %rbx
	jae	2f
	mov	%rbx, %rcx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	3f
	add	$0x1000, %rbx
	jmp	1b
2:	mov	$1, %eax
	add	$8, %rsp
	pop	%rbx
	ret
3:	xor	%eax, %eax
	add	$8, %rsp
	pop	%rbx
	ret
	.size	f, . - f
