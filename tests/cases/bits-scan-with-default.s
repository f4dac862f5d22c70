# title: the lower half of what bsr of 32 bits leaves is sent, which is the highest bit or what was there before
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$-1, %eax
	mov	%rbx, %rcx
	mov	$-1, %rcx
	mov	%rcx, %r12
	bsr	%edi, %r12d
	mov	%r12d, %r12d
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
