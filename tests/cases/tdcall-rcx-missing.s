# title: rcx is not loaded
# contract: seed
# symbol: __tdcall
# expect: refuted passes/rcx
# because: rcx

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	mov	%rdi, %rax
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
