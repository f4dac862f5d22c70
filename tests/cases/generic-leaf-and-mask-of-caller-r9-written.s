# title: the caller chooses leaf and mask, and the function writes through r9 behind the call, in which the module may answer
# contract: generic
# symbol: f
# expect: incomplete memory/writes
# because: vmm.0.r9

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rdx, 8(%r9)
	ret
	.size	f, . - f
