# title: the leaf is the argument, or TDG.SERVTD.RD, which changes r12 and r13
# contract: generic
# symbol: f
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rdi, %rax
	mov	$18, %ecx
	test	%rsi, %rsi
	cmovz	%rcx, %rax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
