# title: the mask of the megawrappers, with every extra register saved and zero or an input
# contract: seed
# symbol: tdvmcall_cpuid
# expect: refuted mask/permitted
# because: rbx

	.text
	.globl	tdvmcall_cpuid
	.type	tdvmcall_cpuid, @function
tdvmcall_cpuid:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdx
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	mov	$0xa, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%rdx
	mov	%r12, (%rdx)
	mov	%r13, 8(%rdx)
	mov	%r14, 16(%rdx)
	mov	%r15, 24(%rdx)
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lpanic:
	ud2
	.size	tdvmcall_cpuid, . - tdvmcall_cpuid
