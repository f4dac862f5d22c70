# title: counts rounds in an object of the caller's, and sends how many there were
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	xor	%r12d, %r12d
	mov	%rdx, %r8
	movq	$0, (%r8)
1:	cmp	%rsi, %rdi
	jae	2f
	addq	$1, (%r8)
	add	$1, %rdi
	jmp	1b
2:	cmpq	$10, (%r8)
	jbe	3f
	mov	(%r8), %r12
3:	mov	$0x1c00, %ecx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
