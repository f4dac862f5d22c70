# title: the pointer waits in rbx, which is not saved
# contract: asterinas
# symbol: asm_td_call
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	asm_td_call
	.type	asm_td_call, @function
asm_td_call:
	push	%r12
	push	%r13
	mov	%rdi, %rbx
	mov	(%rbx), %rax
	mov	8(%rbx), %rcx
	mov	16(%rbx), %rdx
	mov	24(%rbx), %r8
	mov	32(%rbx), %r9
	mov	40(%rbx), %r10
	mov	48(%rbx), %r11
	mov	56(%rbx), %r12
	mov	64(%rbx), %r13
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lend
	mov	%rax, (%rbx)
	mov	%rcx, 8(%rbx)
	mov	%rdx, 16(%rbx)
	mov	%r8, 24(%rbx)
	mov	%r9, 32(%rbx)
	mov	%r10, 40(%rbx)
	mov	%r11, 48(%rbx)
	mov	%r12, 56(%rbx)
	mov	%r13, 64(%rbx)
.Lend:
	pop	%r13
	pop	%r12
	ret
	.size	asm_td_call, . - asm_td_call
