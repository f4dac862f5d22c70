# title: a byte that a function left in the frame is an index where it is added to a pointer that leads elsewhere
# contract: linux-6.12
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$120, %rsp
	mov	%rdi, %rbx
	lea	8(%rsp), %rdi
	call	insn_decode
	movzbl	88(%rsp), %eax
	mov	(%rbx), %rcx
	movb	$1, -1(%rcx,%rax)
	mov	8(%rsp), %r12d
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$120, %rsp
	pop	%rbx
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
