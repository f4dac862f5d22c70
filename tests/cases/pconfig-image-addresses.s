# title: addresses of the image sit in exposed registers
# contract: seed
# symbol: tdvmcall_pconfig
# expect: refuted confines/rdx
# because: rdx
# expect: refuted confines/r14
# because: r14

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
	lea panic(%rip),%rdx
	xor	%ebx, %ebx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r13d, %r13d
	lea	tdvmcall_pconfig(%rip), %r14
	xor	%r15d, %r15d
	xor	%r10d, %r10d
	mov	$0x41, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%rax
	mov	%rdx, (%rax)
	mov	%rbx, 8(%rax)
	mov	%rsi, 16(%rax)
	mov	%rdi, 24(%rax)
	mov	%r8, 32(%rax)
	mov	%r9, 40(%rax)
	mov	%r11, 48(%rax)
	mov	%r12, 56(%rax)
	mov	%r13, 64(%rax)
	mov	%r14, 72(%rax)
	mov	%r15, 80(%rax)
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
