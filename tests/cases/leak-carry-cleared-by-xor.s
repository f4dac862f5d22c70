# title: xor clears the carry of a comparison of a secret, so what setc makes of it is no secret
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	cmp	%rbx, %rsi
	mov	$0, %edx
	xor	%edx, %edx
	mov	$0, %edx
	setc	%dl
	mov	%rdx, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
