# title: of 128 paths one sends a register of the caller's
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: entry.rbp

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%r12
	xor	%ebx, %ebx
	.irp	bit, 0, 1, 2, 3, 4, 5, 6
	bt	$\bit, %rdi
	jnc	1f
	lea	(%rbx,%rsi), %rbx
	jmp	2f
1:	lea	1(%rbx,%rdx), %rbx
2:
	.endr
	mov	%rbx, %r12
	cmp	$0x7f, %dil
	jne	3f
	mov	%rbp, %r12
3:
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	pop	%rbx
	ret
	.size	f, . - f
