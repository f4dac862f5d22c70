# title: memcpy beyond the frame, over the saved register and the return address
# contract: generic
# symbol: f
# expect: refuted preserves/r12
# because: r12
# expect: refuted stack/return-address
# because: does not return

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$48, %rsp
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	mov	$64, %edx
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
