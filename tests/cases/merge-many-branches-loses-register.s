# title: of 128 paths one does not give a register back
# contract: generic
# symbol: f
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	mov	%rbx, %r9
	xor	%r8d, %r8d
	.irp	bit, 0, 1, 2, 3, 4, 5, 6
	bt	$\bit, %rdi
	jnc	1f
	lea	(%r8,%rsi), %r8
	jmp	2f
1:	inc	%r8
2:
	.endr
	cmp	$0x55, %rdi
	jne	3f
	mov	%r8, %rbx
3:	push	%r12
	mov	%r8, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
