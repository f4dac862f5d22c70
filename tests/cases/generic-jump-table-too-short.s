# title: the index is compared with one case more than the table has
# contract: generic
# symbol: f
# expect: refuted memory/reads
# because: outside the image
# expect: incomplete complete
# because: target

	.text
	.globl	f
	.type	f, @function
f:
	cmp	$3, %edi
	ja	.Lother
	mov	%edi, %edi
	lea	.Ltable(%rip), %rdx
	movslq	(%rdx,%rdi,4), %rax
	add	%rdx, %rax
	jmp	*%rax
.Lcall:
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0x400, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	ret
.Lother:
	mov	$-1, %eax
	ret
	.size	f, . - f

	.section .rodata
	.balign	4
.Ltable:
	.long	.Lother - .Ltable, .Lcall - .Ltable, .Lother - .Ltable
