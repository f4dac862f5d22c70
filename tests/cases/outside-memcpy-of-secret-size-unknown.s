# title: memcpy inside the frame, from where rbx is, of as many bytes as the caller says
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$24, %rsp
	mov	%rsi, %rdx
	mov	%rbx, 8(%rsp)
	lea	8(%rsp), %rsi
	mov	%rsp, %rdi
	movq	$0, (%rsp)
	call	memcpy
	mov	(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	ret
	.size	f, . - f
