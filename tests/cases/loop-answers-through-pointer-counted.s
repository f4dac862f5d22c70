# title: a pointer keeps step with a counter that is bounded by a number
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
	test	%r10, %r10
	jnz	2f
	mov	%r11, (%rdi)
	add	$40, %rdi
	add	$1, %r8d
	cmp	$100, %r8d
	jne	1b
2:	xor	%eax, %eax
	pop	%r12
	ret
	.size	fill, . - fill
