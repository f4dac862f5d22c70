# title: a call through a pointer of the kernel's that no contract set vouches for
# contract: linux-6.12
# symbol: f
# expect: incomplete complete
# because: a target that is not known

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %r12
	call	*some_operation(%rip)
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
