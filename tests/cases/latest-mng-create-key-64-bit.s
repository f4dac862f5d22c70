# title: the whole register of a 16-bit argument
# contract: linux-latest
# symbol: tdh_mng_create
# expect: refuted passes/rdx
# because: hkid

	.text
	.globl	tdh_mng_create
	.type	tdh_mng_create, @function
tdh_mng_create:
	push	%rbx
	mov	(%rdi), %rdi
	sub	vmemmap_base(%rip), %rdi
	sar	$6, %rdi
	shl	$12, %rdi
	mov	$10, %ebx
.Lagain:
	movb	$1, %gs:0x40
	mov	$9, %eax
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %r8
	cmp	%r8, %rax
	jne	.Lend
	dec	%ebx
	jnz	.Lagain
.Lend:
	pop	%rbx
	ret
.Linvalid:
	movabs	$0x8000ff00ffff0000, %rax
	jmp	.Lend
.Lfault:
	movabs	$0x8000ff0000000000, %rdi
	or	%rdi, %rax
	jmp	.Lend
	.size	tdh_mng_create, . - tdh_mng_create

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
