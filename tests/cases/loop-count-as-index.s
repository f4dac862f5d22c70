# title: how often a loop went round is an index: the loop bounds it
# contract: generic
# symbol: fill
# expect: proved
	.text
	.globl	fill
	.type	fill, @function
fill:
	push	%r12
	xor	%r8d, %r8d
1:	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	mov	%r11, %rax
	test	%r10, %r10
	jnz	2f
	add	$1, %r8
	cmp	$100, %r8
	jne	1b
2:	mov	%r8, %rax
	movq	$0, (%rdi,%rax,8)
	pop	%r12
	ret
	.size	fill, . - fill
