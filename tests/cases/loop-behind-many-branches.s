# title: a loop behind branches that leave different things, in all rounds of which r12 is public
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	test	$2, %sil
	jnz	2f
	add	$1, %rdx
2:	test	$4, %sil
	jnz	3f
	add	$2, %rdx
3:	test	$8, %sil
	jnz	4f
	add	$4, %rdx
4:	test	$16, %sil
	jnz	5f
	add	$8, %rdx
5:	test	$32, %sil
	jnz	6f
	add	$16, %rdx
6:	cmp	%rdx, %rdi
	jae	8f
	xor	%r12d, %r12d
	add	$1, %rdi
	jmp	6b
8:	mov	$0x1c00, %ecx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
