# title: level and state of the entry where the entry should be
# contract: linux-latest
# symbol: tdh_mem_range_block
# expect: refuted yields/rcx
# because: ext_err1
# expect: refuted yields/rdx
# because: ext_err2

	.text
	.globl	tdh_mem_range_block
	.type	tdh_mem_range_block, @function
tdh_mem_range_block:
	push	%rbx
	push	%rbp
	push	%r12
	mov	%rcx, %rbp
	mov	%r8, %r12
	mov	(%rdi), %rdi
	sub	vmemmap_base(%rip), %rdi
	sar	$6, %rdi
	shl	$12, %rdi
	mov	$10, %ebx
	lea	-1(%rdx), %ecx
	or	%rsi, %rcx
	mov	%rdi, %rdx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lagain:
	movb	$1, %gs:0x40
	mov	$7, %eax
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
	mov	%rcx, (%r12)
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
	.size	tdh_mem_range_block, . - tdh_mem_range_block

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
