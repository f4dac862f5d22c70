# title: rbx decides what another function finds in the frame, and may leave there
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
	test	%rbx, %rbx
	jz	1f
	movq	$1, (%rsp)
	jmp	2f
1:
	movq	$2, (%rsp)
	jmp	2f
2:
	mov	%rsp, %rdi
	call	other
	mov	(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	ret
	.size	f, . - f
