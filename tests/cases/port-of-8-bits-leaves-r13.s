# title: 8 bits of a port leave the rest of rax, which is r13
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%r13, %rax
	in	$0x70, %al
	push	%rax
	movzwl	2(%rsp), %eax
	add	$8, %rsp
	mov	%rax, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
