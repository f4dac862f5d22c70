# title: the size is never stored
# contract: linux-latest
# symbol: tdh_phymem_page_reclaim
# expect: refuted yields/r8
# because: tdx_size

	.text
	.globl	tdh_phymem_page_reclaim
	.type	tdh_phymem_page_reclaim, @function
tdh_phymem_page_reclaim:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	mov	%rsi, %rbp
	mov	%rdx, %r12
	mov	%rcx, %r13
	sub	vmemmap_base(%rip), %rdi
	sar	$6, %rdi
	shl	$12, %rdi
	mov	$10, %ebx
	mov	%rdi, %rcx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lagain:
	movb	$1, %gs:0x40
	mov	$28, %eax
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %rdi
	cmp	%rdi, %rax
	jne	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	mov	%rcx, (%rbp)
	mov	%rdx, (%r12)
	pop	%r13
	pop	%r12
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
	.size	tdh_phymem_page_reclaim, . - tdh_phymem_page_reclaim

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
