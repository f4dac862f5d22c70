# title: the upper half of rbx is sent, which newer processors keep where bsf of 32 bits finds none
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rbx, %r12
	xor	%eax, %eax
	bsf	%eax, %r12d
	shr	$32, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
