# title: the VMM decides where the second call is made, and what is in r11 then
# contract: generic
# symbol: f
# scrubs: asked
# expect: refuted scrubs/r11
# because: r11

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r12d, %r12d
	test	%r10, %r10
	jz	1f
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	$1, %r11d
	jmp	2f
1:
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	$2, %r11d
2:
	xor	%eax, %eax
	xor	%r10d, %r10d
	pop	%r12
	ret
	.size	f, . - f
