# title: the leaves of hypervisors are asked for, all others are zero
# contract: linux-6.12
# symbol: handle_cpuid
# expect: proved

	.text
	.globl	handle_cpuid
	.type	handle_cpuid, @function
handle_cpuid:
	mov	80(%rdi), %rax
	mov	$0x40000000, %ecx
	sub	%rcx, %rax
	cmp	$0xfffffff, %rax
	ja	.Lnone
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	80(%rdi), %r12
	mov	88(%rdi), %r13
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$10, %r11d
	mov	$0xfc00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	$-5, %eax
	test	%r10, %r10
	jnz	.Lend
	mov	%r12, 80(%rdi)
	mov	%r13, 40(%rdi)
	mov	%r14, 88(%rdi)
	mov	%r15, 96(%rdi)
	mov	32(%rsi), %eax
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
.Lnone:
	xor	%eax, %eax
	mov	%rax, 80(%rdi)
	mov	%rax, 40(%rdi)
	mov	%rax, 88(%rdi)
	mov	%rax, 96(%rdi)
	mov	32(%rsi), %eax
	ret
	.size	handle_cpuid, . - handle_cpuid
