# title: the source is added and the page copied from
# contract: linux-6.18
# symbol: tdh_mem_page_add
# expect: refuted passes/r8
# because: page
# expect: refuted passes/r9
# because: source

	.text
	.globl	tdh_mem_page_add
	.type	tdh_mem_page_add, @function
tdh_mem_page_add:
	push	%rbx
	push	%rbp
	push	%r12
	mov	%r8, %rbp
	mov	%r9, %r12
	mov	(%rdi), %rdi
	sub	vmemmap_base(%rip), %rdi
	sar	$6, %rdi
	shl	$12, %rdi
	sub	vmemmap_base(%rip), %rcx
	sar	$6, %rcx
	shl	$12, %rcx
	sub	vmemmap_base(%rip), %rdx
	sar	$6, %rdx
	shl	$12, %rdx
	mov	$10, %ebx
	mov	%rcx, %r8
	mov	%rdx, %r9
	mov	%rsi, %rcx
	mov	%rdi, %rdx
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lagain:
	movb	$1, %gs:0x40
	mov	$2, %eax
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
	.size	tdh_mem_page_add, . - tdh_mem_page_add

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
