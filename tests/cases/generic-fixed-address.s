# title: a device at a fixed address is read before the call
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$0xffffffffff5fb020, %rax
	movl	(%rax), %eax
	mov	%eax, %r12d
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
