# title: which MSR is written is the caller's choice: it may be the base of %gs
# contract: generic
# symbol: f
# expect: incomplete complete
# because: %gs

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%edi, %ecx
	mov	%esi, %eax
	xor	%edx, %edx
	wrmsr
	xor	%r12d, %r12d
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
