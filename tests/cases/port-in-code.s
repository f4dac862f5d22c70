# title: r13 is in rdx where a port is read whose number is in the code
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%r13d, %edx
	xor	%eax, %eax
	in	$0x70, %al
	mov	%rax, %r12
	xor	%edx, %edx
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
