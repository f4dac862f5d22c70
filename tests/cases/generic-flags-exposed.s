# title: the flags of the caller go out in r12
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	pushfq
	pop	%r12
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
