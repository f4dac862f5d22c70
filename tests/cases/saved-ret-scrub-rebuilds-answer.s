# title: a scrubbed register is rebuilt bit by bit from branches on the VMM's answer
# contract: seed
# symbol: __tdcall_saved_ret
# expect: refuted scrubs/r11
# because: r11 still holds something

	.text
	.globl	__tdcall_saved_ret
	.type	__tdcall_saved_ret, @function
__tdcall_saved_ret:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
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
	add	$8, %rsp
	mov	%r10, %rbp
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	bt	$0, %rbp
	jnc	1f
	or	$1, %r11d
1:
	bt	$1, %rbp
	jnc	2f
	or	$2, %r11d
2:
	bt	$2, %rbp
	jnc	3f
	or	$4, %r11d
3:
	bt	$3, %rbp
	jnc	4f
	or	$8, %r11d
4:
	xor %ebp,%ebp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	__tdcall_saved_ret, . - __tdcall_saved_ret
