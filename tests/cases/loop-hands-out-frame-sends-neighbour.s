# title: each round of a loop hands out a variable, and the unwritten one above it is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody knows

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rdi, %rbx
1:
	movq	$0, 8(%rsp)
	lea	8(%rsp), %rdi
	call	ext
	dec	%rbx
	jnz	1b
	mov	16(%rsp), %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	add	$24, %rsp
	pop	%rbx
	pop	%r12
	ret
	.size	f, . - f
