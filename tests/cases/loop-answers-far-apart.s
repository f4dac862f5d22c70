# title: what an index is multiplied with is the size of no element
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
	test	%r10, %r10
	jnz	2f
	mov	%r8, %rax
	shl	$40, %rax
	mov	%r11, (%rdi,%rax,8)
	add	$1, %r8
	cmp	$100, %r8
	jb	1b
2:	xor	%eax, %eax
	pop	%r12
	ret
	.size	fill, . - fill
