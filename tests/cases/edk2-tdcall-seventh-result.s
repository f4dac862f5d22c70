# title: a seventh result is stored behind the six
# contract: edk2
# symbol: TdCall
# expect: refuted memory/writes
# because: 48 bytes

	.text
	.globl	TdCall
	.type	TdCall, @function
TdCall:
	push	%rbx
	mov	0x30(%rsp), %rbx
	mov	%rcx, %rax
	mov	%rdx, %rcx
	mov	%r8, %rdx
	mov	%r9, %r8
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lend
	test	%rbx, %rbx
	jz	.Lend
	mov	%rcx, (%rbx)
	mov	%rdx, 8(%rbx)
	mov	%r8, 16(%rbx)
	mov	%r9, 24(%rbx)
	mov	%r10, 32(%rbx)
	mov	%r11, 40(%rbx)
	mov	%rax, 48(%rbx)
.Lend:
	pop	%rbx
	ret
	.size	TdCall, . - TdCall
