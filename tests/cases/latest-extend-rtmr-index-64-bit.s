# title: the upper half of a narrow argument is the caller's garbage, and is sent
# contract: linux-latest
# symbol: tdx_mcall_extend_rtmr
# expect: refuted passes/rdx
# because: index

	.text
	.globl	tdx_mcall_extend_rtmr
	.type	tdx_mcall_extend_rtmr, @function
tdx_mcall_extend_rtmr:
	mov	%rsi, %rax
	movabs	$0xffffffff80000000, %r10
	cmp	%r10, %rax
	jb	.Lmap_rsi
	sub	%r10, %rax
	add	phys_base(%rip), %rax
	jmp	.Ldone_rsi
.Lmap_rsi:
	sub	page_offset_base(%rip), %rax
.Ldone_rsi:
	mov	%rax, %rcx
	mov	%rdi, %rdx
	mov	$2, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jz	.Lend
	shr	$32, %rax
	mov	$0xc0000100, %ecx
	cmp	%ecx, %eax
	mov	$-6, %edx
	je	.Lerror
	mov	$0x80000200, %ecx
	cmp	%ecx, %eax
	mov	$-16, %edx
	je	.Lerror
	mov	$-5, %edx
.Lerror:
	mov	%edx, %eax
.Lend:
	ret
	.size	tdx_mcall_extend_rtmr, . - tdx_mcall_extend_rtmr

	.data
	.globl	phys_base
	.type	phys_base, @object
	.size	phys_base, 8
phys_base:
	.quad	0
	.globl	page_offset_base
	.type	page_offset_base, @object
	.size	page_offset_base, 8
page_offset_base:
	.quad	0
