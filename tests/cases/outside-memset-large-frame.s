# title: a page and more of the frame is cleared by memset, which is not followed
# contract: generic
# symbol: f
# expect: incomplete complete
# because: memset of more than

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$0x2000, %rsp
	mov	%rsp, %rdi
	xor	%esi, %esi
	mov	$0x1f00, %edx
	call	memset
	mov	$1, %r12d
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x2000, %rsp
	pop	%r12
	ret
	.size	f, . - f
