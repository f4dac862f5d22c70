# title: the function keeps the leaf in its frame over a call that is handed its place
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
	sub	$16, %rsp
	movq	$25, (%rsp)
	mov	%rsp, %rdi
	call	g
	mov	(%rsp), %rax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$16, %rsp
	pop	%rbp
	ret
	.size	f, . - f
