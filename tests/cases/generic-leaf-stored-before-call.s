# title: the function stores the leaf in an object before a call that may have left it, and reads it again
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13
# expect: refuted preserves/r14
# because: r14
# expect: refuted preserves/r15
# because: r15

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbp
	mov	%rdi, %rbp
	movq	$25, (%rbp)
	call	g
	mov	(%rbp), %rax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbp
	ret
	.size	f, . - f
