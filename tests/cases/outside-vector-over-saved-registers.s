# title: an object of 16 bytes lies where two registers were pushed before: a function outside may change all of it
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: ext does

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	push	%rbp
	mov	(%rsp), %rbp
	mov	8(%rsp), %rbx
	mov	$5, %eax
	movq	%rax, %xmm0
	punpcklqdq %xmm0, %xmm0
	movups	%xmm0, (%rsp)
	mov	%rsp, %rdi
	call	ext
	mov	8(%rsp), %rax
	sub	$5, %rax
	add	%rax, %rbx
	xor	%r12d, %r12d
	mov	$0x10001, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$16, %rsp
	pop	%r12
	ret
	.size	f, . - f
