# title: the frame begins at a multiple of 64, as an aligned variable needs it
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbp
	mov	%rsp, %rbp
	push	%r12
	push	%rbx
	and	$-64, %rsp
	sub	$64, %rsp
	mov	%rdi, %rbx
	mov	%rdi, (%rsp)
	mov	%rsi, 56(%rsp)
	mov	%rsp, %rdi
	call	ext
	mov	%rax, %r12
	mov	%rbx, %r11
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	lea	-16(%rbp), %rsp
	pop	%rbx
	pop	%r12
	pop	%rbp
	ret
	.size	f, . - f
