# title: rbx is in a register that a function outside may change, or leave
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: outside the image

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rbx, %r9
	call	ext
	mov	%r9, %r12
	xor	%eax, %eax
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	pop	%r12
	ret
	.size	f, . - f
