# title: the number of the next field in place of the value
# contract: linux-latest
# symbol: tdh_mng_rd
# expect: refuted yields/r8
# because: r8

	.text
	.globl	tdh_mng_rd
	.type	tdh_mng_rd, @function
tdh_mng_rd:
	push	%rbx
	push	%rbp
	mov	%rdx, %rbp
	mov	(%rdi), %rcx
	sub	vmemmap_base(%rip), %rcx
	sar	$6, %rcx
	shl	$12, %rcx
	mov	$10, %ebx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lagain:
	movb	$1, %gs:0x40
	mov	$11, %eax
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %rdi
	cmp	%rdi, %rax
	jne	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	mov	%rdx, (%rbp)
	pop	%rbp
	pop	%rbx
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lend
.Lfault:
	movabs	$0x8000ff0000000000, %rdi
	or	%rdi, %rax
	jmp	.Lend
	.size	tdh_mng_rd, . - tdh_mng_rd

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2

	.data
	.globl	vmemmap_base
	.type	vmemmap_base, @object
	.size	vmemmap_base, 8
vmemmap_base:
	.quad	0
