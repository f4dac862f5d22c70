# title: the saved rbx of the caller goes out by way of the stack
# contract: seed
# symbol: tdvmcall_cpuid
# expect: refuted confines/r14
# because: r14

	.text
	.globl	tdvmcall_cpuid
	.type	tdvmcall_cpuid, @function
tdvmcall_cpuid:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	32(%rsp), %r14
	xor	%r15d, %r15d
	xor	%r10d, %r10d
	mov	$0xa, %r11d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
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
