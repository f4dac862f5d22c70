# title: one retry, with only rcx, r10, r11 and rax set up anew: the VMM's own values go back to it
# contract: seed
# symbol: tdvmcall_pconfig
# expect: refuted leaf
# because: call
# expect: refuted passes/r12
# because: r12
# expect: refuted confines/rdx
# because: rdx
# expect: refuted confines/rbx
# because: rbx
# expect: refuted confines/rsi
# because: rsi
# expect: refuted confines/rdi
# because: rdi
# expect: refuted confines/r8
# because: r8
# expect: refuted confines/r9
# because: r9
# expect: refuted confines/r12
# because: r12
# expect: refuted confines/r13
# because: r13
# expect: refuted confines/r14
# because: r14
# expect: refuted confines/r15
# because: r15

	.text
	.globl	tdvmcall_pconfig
	.type	tdvmcall_pconfig, @function
tdvmcall_pconfig:
	push	%rbp
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
	xor	%ebp, %ebp
.Lagain:
	xor	%r10d, %r10d
	mov	$0x41, %r11d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	inc	%ebp
	cmp	$2, %ebp
	je	.Ldone
	cmp	$1, %r10
	je	.Lagain
.Ldone:
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
	pop	%rbp
	ret
.Lpanic:
	ud2
	.size	tdvmcall_pconfig, . - tdvmcall_pconfig
