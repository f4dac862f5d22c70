# title: a read that begins inside the canary sends its upper bytes, with what lies behind it
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: tls[0x28]

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%fs:0x2a, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
