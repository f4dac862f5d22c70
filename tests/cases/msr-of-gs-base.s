# title: the base of %gs is written
# contract: generic
# symbol: f
# expect: incomplete complete
# because: %gs

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%edi, %eax
	mov	%esi, %edx
	mov	$0xc0000101, %ecx
	wrmsr
	mov	%gs:0x100, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
