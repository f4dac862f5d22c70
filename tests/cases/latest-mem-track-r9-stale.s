# title: a register that the struct has as zero is left as the caller had it
# contract: linux-latest
# symbol: tdh_mem_track
# expect: refuted passes/r9
# because: r9

	.text
	.globl	tdh_mem_track
	.type	tdh_mem_track, @function
tdh_mem_track:
	push	%rbx
	mov	(%rdi), %rsi
	sub	vmemmap_base(%rip), %rsi
	sar	$6, %rsi
	shl	$12, %rsi
	mov	$10, %ebx
.Lagain:
	movb	$1, %gs:0x40
	mov	$38, %eax
	mov	%rsi, %rcx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
.Lcall:
	.byte	0x66,0x0f,0x01,0xcf		# seamcall
	jc	.Linvalid
	movabs	$0x8000020300000000, %rdi
	cmp	%rdi, %rax
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
	.size	tdh_mem_track, . - tdh_mem_track

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
