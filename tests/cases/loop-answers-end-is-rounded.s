# title: a pointer goes on until an address that is what the caller says, rounded
# contract: generic
# symbol: fill
# expect: proved
	.text
	.globl	fill
	.type	fill, @function
fill:
	push	%r12
	and	$-8, %rdx
1:	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	mov	%r11, (%rdi)
	add	$8, %rdi
	cmp	%rdx, %rdi
	jb	1b
2:	xor	%eax, %eax
	pop	%r12
	ret
	.size	fill, . - fill
