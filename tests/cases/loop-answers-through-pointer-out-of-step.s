# title: a pointer moves on where the counter does not: the VMM says how often
# contract: generic
# symbol: fill
# expect: incomplete complete
# because: a part of it is what a loop
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
	mov	%r11, (%rdi)
	add	$8, %rdi
	cmp	$1, %r10
	je	1b			# try again
	add	$1, %r8d
	cmp	$100, %r8d
	jne	1b
2:	xor	%eax, %eax
	pop	%r12
	ret
	.size	fill, . - fill
