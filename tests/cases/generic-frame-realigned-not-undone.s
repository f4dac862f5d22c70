# title: the frame begins at a multiple of 64; what was saved above it is looked for at a fixed distance
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted preserves/r12
# because: r12

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
	mov	%rsi, %rax
	mov	%rax, %r12
	mov	%rbx, %r11
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	64(%rsp), %rbx
	mov	72(%rsp), %r12
	mov	%rbp, %rsp
	pop	%rbp
	ret
	.size	f, . - f
