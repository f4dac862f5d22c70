# title: memcpy of as many bytes as the caller says: nobody knows what is left
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: a function outside

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$48, %rsp
	mov	%rsi, %rdx
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	call	memcpy
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
