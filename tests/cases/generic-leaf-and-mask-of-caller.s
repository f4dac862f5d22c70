# title: the caller chooses the leaf, and with leaf 0 the mask: it does not select what the function passes on as it is
# contract: generic
# symbol: f
# expect: proved

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
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
