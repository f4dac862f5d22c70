# title: the status is cut to 32 bits: the error bit is lost
# contract: seed
# symbol: __tdcall
# expect: refuted returns/rax
# because: rax
# expect: refuted failure/tdcall
# because: success

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
	mov	%eax, %eax
	ret
	.size	__tdcall, . - __tdcall
