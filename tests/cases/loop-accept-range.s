# title: accepts a range page by page, whatever its length
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%rbp
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
	pop	%rbp
	pop	%rbx
	ret
3:	xor	%eax, %eax
	pop	%rbp
	pop	%rbx
	ret
	.size	f, . - f
