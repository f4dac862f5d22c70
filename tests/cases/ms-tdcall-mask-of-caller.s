# title: the caller of a Microsoft function chooses leaf and mask; what it may change is saved
# contract: generic
# symbol: f
# convention: ms
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	push	%rsi
	push	%rdi
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rcx, %rax
	mov	%rdx, %rcx
	mov	%r8, %rdx
	mov	%r9, %r8
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	0x30(%rbp), %r9
	test	%r9, %r9
	jz	1f
	mov	%rcx, (%r9)
	mov	%rdx, 8(%r9)
1:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rdi
	pop	%rsi
	pop	%rbx
	pop	%rbp
	ret
	.size	f, . - f
