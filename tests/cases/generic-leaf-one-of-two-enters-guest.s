# title: an argument decides whether TDG.VP.ENTER is called, which changes every register
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx
# expect: refuted preserves/rbp
# because: rbp
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13
# expect: refuted preserves/r14
# because: r14
# expect: refuted preserves/r15
# because: r15

	.text
	.globl	f
	.type	f, @function
f:
	mov	$25, %eax
	mov	$1, %ecx
	test	%rdi, %rdi
	cmovz	%ecx, %eax
	mov	%rsi, %rcx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
