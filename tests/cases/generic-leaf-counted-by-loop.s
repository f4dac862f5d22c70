# title: a loop counts the leaf up to an argument: it may be one that changes every register
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rbx
# expect: incomplete preserves/rbp
# because: rbp
# expect: incomplete preserves/r13
# because: r13
# expect: incomplete preserves/r14
# because: r14
# expect: incomplete preserves/r15
# because: r15

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	xor	%eax, %eax
1:	inc	%rax
	cmp	%rsi, %rax
	jb	1b
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
