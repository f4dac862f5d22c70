# title: the mask where the value should be
# contract: linux-latest
# symbol: tdh_vp_wr
# expect: refuted passes/r8
# because: value
# expect: refuted passes/r9
# because: mask

	.text
	.globl	tdh_vp_wr
	.type	tdh_vp_wr, @function
tdh_vp_wr:
	push	%rbx
	push	%r12
	push	%r13
	mov	8(%rdi), %rdi
	mov	%rdx, %r13
	mov	%rcx, %r12
	mov	$10, %ebx
.Lagain:
	movb	$1, %gs:0x40
	mov	$43, %eax
	mov	%r12, %r8
	mov	%r13, %r9
	mov	%rsi, %rdx
	mov	%rdi, %rcx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %r11
	cmp	%r11, %rax
	jne	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lend
.Lfault:
	movabs	$0x8000ff0000000000, %rdi
	or	%rdi, %rax
	jmp	.Lend
	.size	tdh_vp_wr, . - tdh_vp_wr

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2
