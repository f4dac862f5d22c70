# title: r12 and r13 are or-ed in instead of r10 and r11
# contract: shapes.yaml
# symbol: masked_call
# expect: refuted mask/required
# because: r10
# expect: refuted passes/rcx
# because: req.mask

	.text
	.globl	masked_call
	.type	masked_call, @function
masked_call:
	push	%r12
	push	%r13
	mov	(%rdi), %rcx
	or	$0x3000, %rcx
	mov	8(%rdi), %r11
	mov	16(%rdi), %r12
	mov	16(%rdi), %r13
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	masked_call, . - masked_call
