# title: rdx still holds the flag at the call
# contract: td-shim
# symbol: asm_td_vmcall_ex
# expect: refuted passes/rdx
# because: args.rdx
# expect: refuted confines/rdx
# because: do_sti

	.text
	.globl	asm_td_vmcall_ex
	.type	asm_td_vmcall_ex, @function
asm_td_vmcall_ex:
	push	%rbx
	push	%rsi
	push	%rdi
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rcx
	mov	%rdx, %rax
	mov	8(%rcx), %rbx
	mov	16(%rcx), %rsi
	mov	24(%rcx), %rdi
	mov	32(%rcx), %r8
	mov	40(%rcx), %r9
	mov	48(%rcx), %r10
	mov	56(%rcx), %r11
	mov	64(%rcx), %r12
	mov	72(%rcx), %r13
	mov	80(%rcx), %r14
	mov	88(%rcx), %r15
	mov	$0xffcc, %ecx
	test	%rax, %rax
	mov	$0, %eax
	jz	.Lcall
	sti
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rcx
	test	%rax, %rax
	jnz	.Lpanic
	mov	%rdx, (%rcx)
	mov	%rbx, 8(%rcx)
	mov	%rsi, 16(%rcx)
	mov	%rdi, 24(%rcx)
	mov	%r8, 32(%rcx)
	mov	%r9, 40(%rcx)
	mov	%r10, 48(%rcx)
	mov	%r11, 56(%rcx)
	mov	%r12, 64(%rcx)
	mov	%r13, 72(%rcx)
	mov	%r14, 80(%rcx)
	mov	%r15, 88(%rcx)
	mov	%r10, %rax
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rdi
	pop	%rsi
	pop	%rbx
	ret
.Lpanic:
	ud2
	.size	asm_td_vmcall_ex, . - asm_td_vmcall_ex
