# title: the pointer stays in rdi, which no such leaf changes
# contract: asterinas
# symbol: asm_td_call
# expect: proved

	.text
	.globl	asm_td_call
	.type	asm_td_call, @function
asm_td_call:
	push	%r12
	push	%r13
	mov	(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %r8
	mov	32(%rdi), %r9
	mov	40(%rdi), %r10
	mov	48(%rdi), %r11
	mov	56(%rdi), %r12
	mov	64(%rdi), %r13
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lend
	mov	%rax, (%rdi)
	mov	%rcx, 8(%rdi)
	mov	%rdx, 16(%rdi)
	mov	%r8, 24(%rdi)
	mov	%r9, 32(%rdi)
	mov	%r10, 40(%rdi)
	mov	%r11, 48(%rdi)
	mov	%r12, 56(%rdi)
	mov	%r13, 64(%rdi)
.Lend:
	pop	%r13
	pop	%r12
	ret
	.size	asm_td_call, . - asm_td_call
