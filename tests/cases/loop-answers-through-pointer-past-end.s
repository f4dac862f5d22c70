# title: a pointer of steps of 12 bytes need never meet the end that it is compared with
# contract: generic
# symbol: fill
# expect: incomplete complete
# because: a part of it is what a loop
	.text
	.globl	fill
	.type	fill, @function
fill:
	push	%r12
	cmp	%rdx, %rdi
	jae	2f
1:	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	mov	%r11, (%rdi)
	add	$12, %rdi
	cmp	%rdx, %rdi
	jne	1b
2:	xor	%eax, %eax
	pop	%r12
	ret
	.size	fill, . - fill
