# title: every output written back, rbp saved, scrubbed on all three paths
# contract: linux-6.12
# symbol: __seamcall_saved_ret
# expect: proved

	.text
	.globl	__seamcall_saved_ret
	.type	__seamcall_saved_ret, @function
__seamcall_saved_ret:
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
.Lseamcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
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
.Lout:
	add	$8, %rsp
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lout
.Lfault:
	movabs	$0x8000ff0000000000, %rcx
	or	%rcx, %rax
	jmp	.Lout
	.size	__seamcall_saved_ret, . - __seamcall_saved_ret

	.section	__ex_table, "a"
	.balign	4
	.long	.Lseamcall - .
	.long	.Lfault - .
	.long	2
