# title: what the guest passes in a vector register when it leaves (TDG.VP.VMCALL selects xmm0) is the guest's choice
# contract: generic
# symbol: enter
# scrubs: asked
# expect: refuted scrubs/rsi
# because: rsi still holds

	.text
	.globl	enter
	.type	enter, @function
enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %rcx
	xor	%eax, %eax
.Lseamcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	xor	%eax, %eax
	movq	%xmm0, %rsi
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	enter, . - enter

	.section	__ex_table, "a"
	.balign	4
	.long	.Lseamcall - .
	.long	.Lseamcall + 4 - .
	.long	2
