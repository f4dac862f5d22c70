# title: what was written to an MSR is sent: rbx
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%ebx, %eax
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
