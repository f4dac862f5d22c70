# title: behind many branches a bit of rbx decides whether memory is written by a pointer, and memory is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r13
	mov	(%rdi), %r13
	xor	%r8d, %r8d
	.irp	bit, 0, 1, 2, 3, 4, 5
	bt	$\bit, %rsi
	jnc	1f
	inc	%r8
	jmp	2f
1:	add	$2, %r8
2:
	.endr
	test	$1, %bl
	jz	3f
	movq $1, (%r13)
	jmp	4f
3:	nop
4:	mov	8(%rdi), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
