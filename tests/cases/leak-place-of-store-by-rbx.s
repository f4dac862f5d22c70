# title: rbx decides where a pointer leads to which a constant is stored
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	(%rdi), %rax
	mov	8(%rdi), %rdx
	mov	%rax, %rcx
	test	%rbx, %rbx
	cmovz	%rdx, %rcx
	movq	$5, (%rcx)
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
