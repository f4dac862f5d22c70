# title: all flags are told
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry.arithmetic_flags

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	pushf
	pop	%r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r12
	ret
	.size	f, . - f
