# title: an MSR is written, which changes no register
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%edi, %eax
	xor	%edx, %edx
	mov	$0x1d9, %ecx
	wrmsr
	mov	%eax, %r12d
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
