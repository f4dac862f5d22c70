# title: r13 is not set up, though the mask may select it
# contract: shapes.yaml
# symbol: masked_call
# expect: refuted passes/r13
# because: req.value
# expect: refuted confines/r13
# because: r13

	.text
	.globl	masked_call
	.type	masked_call, @function
masked_call:
	push	%r12
	push	%r13
	mov	(%rdi), %rcx
	or	$0xc00, %rcx
	mov	8(%rdi), %r11
	mov	16(%rdi), %r12
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
