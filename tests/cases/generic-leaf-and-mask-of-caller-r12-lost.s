# title: the caller chooses leaf and mask, and the function passes r12 from the caller's struct without giving the register back
# contract: generic
# symbol: f
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	mov	48(%rsi), %r12
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
