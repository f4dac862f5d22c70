# title: a report goes to one of two places in the frame, and what lies in the other one is sent
# contract: generic
# symbol: either_left
# expect: incomplete confines/r12
# because: nobody.the_TDX_module

	.text
	.globl	either_left
	.type	either_left, @function
either_left:
	push	%r12
	sub	$4096, %rsp
	lea	(%rsp), %rcx
	lea	2048(%rsp), %r8
	test	%rdi, %rdi
	cmovne	%r8, %rcx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	1f
	mov	(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc
1:	add	$4096, %rsp
	pop	%r12
	ret
	.size	either_left, . - either_left
