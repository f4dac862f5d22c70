# title: rdx and r8 are loaded from each other's member
# contract: seed
# symbol: __tdcall
# expect: refuted passes/rdx
# because: rdx
# expect: refuted passes/r8
# because: r8

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	16(%rsi), %rdx
	mov	8(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
