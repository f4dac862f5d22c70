# title: the registers are loaded in the other order
# contract: seed
# symbol: __tdcall
# expect: proved

	.text
	.globl	__tdcall
	.type	__tdcall, @function
__tdcall:
	mov	40(%rsi), %r11
	mov	32(%rsi), %r10
	mov	24(%rsi), %r9
	mov	16(%rsi), %r8
	mov	8(%rsi), %rdx
	mov	(%rsi), %rcx
	mov	%rdi, %rax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	__tdcall, . - __tdcall
