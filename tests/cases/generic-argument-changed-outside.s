# title: what an argument points to is public after a call outside the image too
# contract: generic
# symbol: decode_and_send
# expect: proved

	.text
	.globl	decode_and_send
	.type	decode_and_send, @function
decode_and_send:
	push	%rbx
	push	%r12
	sub	$8, %rsp
	mov	%rdi, %rbx
	call	decode
	mov	24(%rbx), %r12
	xor	%r10d, %r10d
	mov	$30, %r11d
	xor	%eax, %eax
	mov	$0x1c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$8, %rsp
	pop	%r12
	pop	%rbx
	ret
	.size	decode_and_send, . - decode_and_send
