# title: resumed when it should begin
# contract: linux-latest
# symbol: tdh_phymem_cache_wb
# expect: refuted passes/rcx
# because: resume

	.text
	.globl	tdh_phymem_cache_wb
	.type	tdh_phymem_cache_wb, @function
tdh_phymem_cache_wb:
	push	%rbx
	mov	$10, %ebx
.Lagain:
	movb	$1, %gs:0x40
	mov	$40, %eax
	movzbl	%dil, %ecx
	xor	$1, %ecx
	xor	%edx, %edx
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
	.size	tdh_phymem_cache_wb, . - tdh_phymem_cache_wb

	.section	__ex_table, "a"
	.balign	4
	.long	.Lcall - .
	.long	.Lfault - .
	.long	2
