# title: 8 or 16 bits of a port leave the rest of rax, which is the argument's
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %rax
	in	$0x70, %al
	mov	%rax, %r12
	mov	%esi, %edx
	in	%dx, %al
	in	%dx, %ax
	add	%rax, %r12
	in	$0x70, %eax
	add	%rax, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
