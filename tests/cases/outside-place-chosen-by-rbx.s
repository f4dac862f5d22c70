# title: rbx decides which of two places in the frame another function is handed
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
	movq	$1, (%rsp)
	movq	$1, 8(%rsp)
	mov	%rsp, %rdi
	lea	8(%rsp), %rax
	test	%rbx, %rbx
	cmovz	%rax, %rdi
	call	other
	mov	8(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	ret
	.size	f, . - f
