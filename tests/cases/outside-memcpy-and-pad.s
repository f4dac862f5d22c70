# title: the padding of memcpy_and_pad is sent
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$48, %rsp
	mov	%rdi, %rdx
	mov	%rsp, %rdi
	mov	$16, %esi
	mov	$5, %ecx
	xor	%r8d, %r8d
	call	memcpy_and_pad
	mov	8(%rsp), %r12
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	add	$48, %rsp
	pop	%r12
	ret
	.size	f, . - f
