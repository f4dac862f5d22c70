# title: the same before its neighbour, which puts it right
# contract: shapes.yaml
# symbol: vp_info
# expect: proved

	.text
	.globl	vp_info
	.type	vp_info, @function
vp_info:
	push	%rdi
	mov	$1, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rdi
	test	%rax, %rax
	jnz	.Lend
	mov	%rcx, (%rdi)
	mov	%rdx, 8(%rdi)
	mov	%r8, 16(%rdi)
	mov	%r9, 24(%rdi)
	mov	%r10d, 28(%rdi)
	mov	%r11, 32(%rdi)
.Lend:
	ret
	.size	vp_info, . - vp_info
