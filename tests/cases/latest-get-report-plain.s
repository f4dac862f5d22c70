# title: both addresses are translated; -ENXIO and -EBUSY since 6.16
# contract: linux-latest
# symbol: tdx_mcall_get_report0
# expect: proved

	.text
	.globl	tdx_mcall_get_report0
	.type	tdx_mcall_get_report0, @function
tdx_mcall_get_report0:
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
	mov	%rdi, %rax
	movabs	$0xffffffff80000000, %r10
	cmp	%r10, %rax
	jb	.Lmap_rdi
	sub	%r10, %rax
	add	phys_base(%rip), %rax
	jmp	.Ldone_rdi
.Lmap_rdi:
	sub	page_offset_base(%rip), %rax
.Ldone_rdi:
	mov	%rax, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
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
	.size	tdx_mcall_get_report0, . - tdx_mcall_get_report0

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
