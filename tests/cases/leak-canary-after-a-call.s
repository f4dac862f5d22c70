# title: the canary is sent after a function outside was called
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: 0x28

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	call	ext
	mov	%gs:0x28, %r12
	xor	%eax, %eax
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	pop	%r12
	ret
	.size	f, . - f
