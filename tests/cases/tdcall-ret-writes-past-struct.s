# title: the status is stored behind the struct
# contract: seed
# symbol: __tdcall_ret
# expect: refuted memory/writes
# because: write

	.text
	.globl	__tdcall_ret
	.type	__tdcall_ret, @function
__tdcall_ret:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rcx, (%rsi)
	mov	%rdx, 8(%rsi)
	mov	%r8, 16(%rsi)
	mov	%r9, 24(%rsi)
	mov	%r10, 32(%rsi)
	mov	%r11, 40(%rsi)
	mov	%rax, 104(%rsi)
	ret
	.size	__tdcall_ret, . - __tdcall_ret
