# title: the mask is a variable of the image, of which the contract says what it may hold
# contract: shapes.yaml
# symbol: masked_by_variable
# expect: proved

	.text
	.globl	masked_by_variable
	.type	masked_by_variable, @function
masked_by_variable:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	xor	%r13d, %r13d
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	vmcall_mask(%rip), %rcx
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
	.size	masked_by_variable, . - masked_by_variable

	.data
	.globl	vmcall_mask
	.type	vmcall_mask, @object
	.size	vmcall_mask, 8
vmcall_mask:
	.quad	0x1c00
