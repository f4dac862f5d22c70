# title: behind many branches a bit of rbx decides what is stored where a pointer leads, and that is sent
# contract: generic
# symbol: f
# expect: refuted confines/r12
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
3:	movq $2, (%r13)
4:	mov	(%r13), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
