# title: inc leaves the carry of a comparison of a secret, which setc makes a number that is sent
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	cmp	%rbx, %rsi
	mov	$0, %edx
	inc	%rdx
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
