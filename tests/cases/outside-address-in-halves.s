# title: half of an address of the frame is stored, which a function outside may put together with the other
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a part of an address of the stack

	.text
	.globl	f
	.type	f, @function
f:	push	%rbx
	mov	%esp, (%rdi)
	xor	%eax, %eax
	call	ext
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	ret
	.size	f, . - f
