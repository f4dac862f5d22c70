# title: a prefix that does not belong to cmpxchg makes its operands differ in size: which one counts is not known
# contract: generic
# symbol: f
# expect: incomplete complete
# because: operands of two sizes

	.text
	.globl	f
	.type	f, @function
f:
	.byte	0xf2,0x66,0x0f,0xb1,0x17	# cmpxchg %dx, (%rdi)
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	ret
	.size	f, . - f
