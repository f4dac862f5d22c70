# title: tries three page sizes for each page, as tdx_accept_memory of Linux 6.12 does
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbx
	push	%rbp
	mov	%rdi, %rbx
	mov	%rsi, %rbp
1:	cmp	%rbp, %rbx
	jae	2f
	mov	$2, %edi
	call	accept
	test	%rax, %rax
	jnz	4f
	mov	$1, %edi
	call	accept
	test	%rax, %rax
	jnz	4f
	xor	%edi, %edi
	call	accept
	test	%rax, %rax
	jz	3f
4:	add	%rax, %rbx
	jmp	1b
2:	mov	$1, %eax
	pop	%rbp
	pop	%rbx
	ret
3:	xor	%eax, %eax
	pop	%rbp
	pop	%rbx
	ret
	.type	accept, @function
accept:
	mov	%rbp, %rdx
	sub	%rbx, %rdx
	mov	$0x1000, %r8d
	lea	(%rdi,%rdi,8), %rcx
	shl	%cl, %r8
	cmp	%r8, %rdx
	jb	5f
	lea	-1(%r8), %rdx
	test	%rdx, %rbx
	jnz	5f
	mov	%rbx, %rcx
	or	%rdi, %rcx
	mov	$6, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	5f
	mov	%r8, %rax
	ret
5:	xor	%eax, %eax
	ret
	.size	f, . - f
