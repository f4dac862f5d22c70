# title: the mask leaves r15 out
# contract: asterinas
# symbol: asm_td_vmcall
# expect: refuted mask/required
# because: r15

	.text
	.globl	asm_td_vmcall
	.type	asm_td_vmcall, @function
asm_td_vmcall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	(%rdi), %r10
	mov	8(%rdi), %r11
	mov	16(%rdi), %r12
	mov	24(%rdi), %r13
	mov	32(%rdi), %r14
	mov	40(%rdi), %r15
	mov	$0x7c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rdi
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, (%rdi)
	mov	%r11, 8(%rdi)
	mov	%r12, 16(%rdi)
	mov	%r13, 24(%rdi)
	mov	%r14, 32(%rdi)
	mov	%r15, 40(%rdi)
	mov	%r10, %rax
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	asm_td_vmcall, . - asm_td_vmcall
