# title: rcx is written back to the struct, which this function only reads
# contract: seed
# symbol: __tdcall
# expect: refuted memory/writes
# because: write

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
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rcx, (%rsi)
	ret
	.size	__tdcall, . - __tdcall
