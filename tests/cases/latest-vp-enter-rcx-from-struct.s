# title: the vCPU is the one that the struct says, not the one that the caller gave
# contract: linux-latest
# symbol: tdh_vp_enter
# expect: refuted passes/rcx
# because: vp.tdvpr_pa

	.text
	.globl	tdh_vp_enter
	.type	tdh_vp_enter, @function
tdh_vp_enter:
	push	%rbp
	mov	%rsp, %rbp
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%rbx
	push	%rsi
	mov	(%rsi), %rcx
	movb	$1, %gs:0x40
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
	xor	%eax, %eax
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	push	%rax
	mov	8(%rsp), %rax
	mov	%rsi, 96(%rax)
	mov	%rax, %rsi
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
	pop	%rax
.Lout:
	pop	%rsi
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%edi, %edi
	pop	%rbx
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	pop	%rbp
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lout
.Lfault:
	movabs	$0x8000ff0000000000, %rdi
	or	%rdi, %rax
	jmp	.Lout
	.size	tdh_vp_enter, . - tdh_vp_enter

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2
