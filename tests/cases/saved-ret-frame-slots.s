# title: all saves go to slots below a frame pointer
# contract: seed
# symbol: __tdcall_saved_ret
# expect: proved

	.text
	.globl	__tdcall_saved_ret
	.type	__tdcall_saved_ret, @function
__tdcall_saved_ret:
	push	%rbp
	mov	%rsp, %rbp
	sub	$48, %rsp
	mov	%rbx, -8(%rbp)
	mov	%r12, -16(%rbp)
	mov	%r13, -24(%rbp)
	mov	%r14, -32(%rbp)
	mov	%r15, -40(%rbp)
	mov	%rsi, (%rsp)
	mov	%rdi, %rax
	mov	(%rsi), %rcx
	mov	8(%rsi), %rdx
	mov	16(%rsi), %r8
	mov	24(%rsi), %r9
	mov	32(%rsi), %r10
	mov	40(%rsi), %r11
	mov	48(%rsi), %r12
	mov	56(%rsi), %r13
	mov	64(%rsi), %r14
	mov	72(%rsi), %r15
	mov	80(%rsi), %rbx
	mov	88(%rsi), %rdi
	mov	96(%rsi), %rsi
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	push	%rsi
	mov	8(%rsp), %rsi
	mov	%rcx, (%rsi)
	mov	%rdx, 8(%rsi)
	mov	%r8, 16(%rsi)
	mov	%r9, 24(%rsi)
	mov	%r10, 32(%rsi)
	mov	%r11, 40(%rsi)
	mov	%r12, 48(%rsi)
	mov	%r13, 56(%rsi)
	mov	%r14, 64(%rsi)
	mov	%r15, 72(%rsi)
	mov	%rbx, 80(%rsi)
	mov	%rdi, 88(%rsi)
	pop	%rdi
	mov	%rdi, 96(%rsi)
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	mov	8(%rsp), %r15
	mov	16(%rsp), %r14
	mov	24(%rsp), %r13
	mov	32(%rsp), %r12
	mov	40(%rsp), %rbx
	add	$48, %rsp
	pop	%rbp
	ret
	.size	__tdcall_saved_ret, . - __tdcall_saved_ret
