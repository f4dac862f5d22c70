# title: sgdt overwrites a register that was saved
# contract: generic
# symbol: f
# expect: incomplete preserves/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$16, %rsp
	sgdt	8(%rsp)
	mov	%ss, %r12d
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$16, %rsp
	pop	%r12
	ret
	.size	f, . - f
