# title: the upper half of the mask is not looked at, which the precondition allows
# contract: shapes.yaml
# symbol: masked_call
# expect: proved

	.text
	.globl	masked_call
	.type	masked_call, @function
masked_call:
	push	%r12
	push	%r13
	mov	(%rdi), %ecx
	or	$0xc00, %ecx
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
