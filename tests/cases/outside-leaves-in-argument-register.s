# title: r9 is cleared before another function is called, which may leave anything there, and is shown with the rest
# contract: generic
# symbol: f
# expect: incomplete confines/r9
# because: outside.ext.

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	mov	%rdi, %rbx
	xor	%r9d, %r9d
	call	ext
	mov	%rbx, %r8
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xf00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	ret
	.size	f, . - f
