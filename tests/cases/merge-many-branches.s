# title: seven branches in a row: 128 paths, which meet behind each
# contract: generic
# symbol: f
# expect: proved

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

	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	pop	%rbx
	ret
	.size	f, . - f
