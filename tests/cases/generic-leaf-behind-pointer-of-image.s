# title: the leaf is behind a pointer of the image, which no caller chose
# contract: generic
# symbol: f
# expect: refuted preserves/r12
# expect: refuted preserves/r13
# expect: incomplete preserves/r14
# because: does not replay
# expect: incomplete preserves/r15
# because: does not replay
# expect: incomplete preserves/rbp
# because: does not replay
# expect: incomplete preserves/rbx
# because: does not replay

	.text
	.globl	f
	.type	f, @function
f:
	mov	leaf(%rip), %rax
	mov	(%rax), %rax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f

	.data
leaf:	.quad	servtd_rd
servtd_rd: .quad 18
