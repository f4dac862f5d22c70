# title: a pointer argument is kept in a register that another function may change, and followed behind it
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a pointer that no contract declares

	.text
	.globl	f
	.type	f, @function
f:
	sub	$8, %rsp
	call	ext
	add	$8, %rsp
	mov	(%r9), %r11
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	ret
	.size	f, . - f
