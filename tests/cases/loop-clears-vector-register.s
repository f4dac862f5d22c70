# title: a loop whose rounds use a vector register
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
1:
	pxor	%xmm0, %xmm0
	movdqu	(%rdi), %xmm1
	add	$16, %rdi
	dec	%rsi
	jnz	1b
	mov	%rsi, %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r12
	ret
	.size	f, . - f
