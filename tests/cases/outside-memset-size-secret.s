# title: memset of as many bytes as rbx says in an object that is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$24, %rsp
	mov	%rbx, %rdx
	xor	%esi, %esi
	mov	%rdi, (%rsp)
	call	memset
	mov	(%rsp), %rdi
	mov	(%rdi), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	ret
	.size	f, . - f
