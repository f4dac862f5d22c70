# title: an uninitialised place in the frame is handed to a function outside, which may leave it as it is
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: a function outside

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$16, %rsp
	mov	%rsp, %rdi
	call	ext
	mov	(%rsp), %r12
	add	$16, %rsp
	xor	%eax, %eax
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	pop	%r12
	ret
	.size	f, . - f
