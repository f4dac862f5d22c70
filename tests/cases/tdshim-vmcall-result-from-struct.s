# title: the result is read back from the struct
# contract: td-shim
# symbol: asm_td_vmcall
# expect: proved

	.text
	.globl	asm_td_vmcall
	.type	asm_td_vmcall, @function
asm_td_vmcall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rcx
	mov	(%rcx), %r10
	mov	8(%rcx), %r11
	mov	16(%rcx), %r12
	mov	24(%rcx), %r13
	mov	32(%rcx), %r14
	mov	40(%rcx), %r15
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	test	%rdx, %rdx
	jz	.Lcall
	sti
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rcx
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, (%rcx)
	mov	%r11, 8(%rcx)
	mov	%r12, 16(%rcx)
	mov	%r13, 24(%rcx)
	mov	%r14, 32(%rcx)
	mov	%r15, 40(%rcx)
	mov	(%rcx), %rax
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
