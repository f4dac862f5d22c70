# title: r12 is loaded from the struct too, and not restored
# contract: seed
# symbol: __tdcall
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
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
	.size	__tdcall, . - __tdcall
