# title: memset clears the object that is sent
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$48, %rsp
	mov	%rsp, %rdi
	xor	%esi, %esi
	mov	$48, %edx
	call	memset
	mov	40(%rsp), %r12
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
