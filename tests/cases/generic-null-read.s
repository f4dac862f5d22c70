# title: a place near a null pointer is read before the call
# contract: generic
# symbol: f
# expect: refuted memory/reads
# because: outside the image

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	movl	0x20, %eax
	mov	%eax, %r12d
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
