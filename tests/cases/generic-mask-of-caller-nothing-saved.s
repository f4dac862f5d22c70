# title: the caller chooses the mask of a call of leaf 0, and may select registers that the function does not give back
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
	xor	%eax, %eax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
