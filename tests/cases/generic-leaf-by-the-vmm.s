# title: what the VMM returned is called as a leaf
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
	mov	$0xc00, %ecx
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r11, %rax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
	.size	f, . - f
