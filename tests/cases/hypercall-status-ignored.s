# title: a refused call returns args->r10, which is still the input
# contract: seed
# symbol: __tdx_hypercall
# expect: refuted failure/tdcall
# because: status

	.text
	.globl	__tdx_hypercall
	.type	__tdx_hypercall, @function
__tdx_hypercall:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	8(%rdi), %rdx
	mov	16(%rdi), %r8
	mov	24(%rdi), %r9
	mov	32(%rdi), %r10
	mov	40(%rdi), %r11
	mov	48(%rdi), %r12
	mov	56(%rdi), %r13
	mov	64(%rdi), %r14
	mov	72(%rdi), %r15
	mov	80(%rdi), %rbx
	mov	96(%rdi), %rsi
	mov	88(%rdi), %rdi
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rax
	mov	%rcx, (%rax)
	mov	%rdx, 8(%rax)
	mov	%r8, 16(%rax)
	mov	%r9, 24(%rax)
	mov	%r10, 32(%rax)
	mov	%r11, 40(%rax)
	mov	%r12, 48(%rax)
	mov	%r13, 56(%rax)
	mov	%r14, 64(%rax)
	mov	%r15, 72(%rax)
	mov	%rbx, 80(%rax)
	mov	%rdi, 88(%rax)
	mov	%rsi, 96(%rax)
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	__tdx_hypercall, . - __tdx_hypercall
