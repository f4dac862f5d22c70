# title: a secret goes where a function outside said, which may be the object that is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody.ext.7.rax

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rdi, 8(%rsp)
	movq	$0, 16(%rsp)
	lea	8(%rsp), %rdi
	call	ext
	mov	%rbx, (%rax)
	mov	8(%rsp), %r12
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
