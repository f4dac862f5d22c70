# title: follows what a function outside returned that was handed objects which hold nothing secret
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rdi, (%rsp)
	mov	%rdi, 8(%rsp)
	movq	$0, 16(%rsp)
	lea	8(%rsp), %rdi
	call	ext
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%rbx
	pop	%r12
	ret
	.size	f, . - f
