# title: behind many branches a word of the frame is filled unless something fails, and used unless it has failed
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r13
	sub	$8, %rsp
	mov	(%rdi), %r13
	xor	%r8d, %r8d
	.irp	bit, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
	bt	$\bit, %rsi
	jnc	1f
	inc	%r8
	jmp	2f
1:	add	$2, %r8
2:
	.endr
	xor	%r12d, %r12d
	mov	%edx, %eax
	test	%eax, %eax
	js	3f
	mov	%rcx, (%rsp)
	jmp	4f
3:	nop
4:	test	%eax, %eax
	js	5f
	mov	(%rsp), %rax
	mov	%rax, (%r13)			# anywhere but in the frame
	mov	8(%rdi), %r12
5:	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$8, %rsp
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
