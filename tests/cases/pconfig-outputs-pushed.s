# title: the outputs are pushed and then popped into regs
# contract: seed
# symbol: tdvmcall_pconfig
# expect: proved

	.text
	.globl	tdvmcall_pconfig
	.type	tdvmcall_pconfig, @function
tdvmcall_pconfig:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	mov	%rdi, %r12
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%r10d, %r10d
	mov	$0x41, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	(%rsp), %rax
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r9
	push	%r8
	push	%rdi
	push	%rsi
	push	%rbx
	push	%rdx
	mov	$11, %ecx
.Lcopy:
	pop	(%rax)
	add	$8, %rax
	dec	%ecx
	jnz	.Lcopy
	add	$8, %rsp
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lpanic:
	ud2
	.size	tdvmcall_pconfig, . - tdvmcall_pconfig
