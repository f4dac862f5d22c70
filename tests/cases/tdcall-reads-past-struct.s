# title: the word behind the struct is read and dropped
# contract: seed
# symbol: __tdcall
# expect: refuted memory/reads
# because: read

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	mov	104(%rsi), %rax
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
