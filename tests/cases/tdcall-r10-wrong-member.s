# title: r10 is loaded from the member of r11
# contract: seed
# symbol: __tdcall
# expect: refuted passes/r10
# because: r10

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	40(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
