# title: the same where the test stands at the head of the loop, whose flags follow from the index
# contract: generic
# symbol: fill
# expect: proved
	.text
	.globl	fill
	.type	fill, @function
fill:
	push	%r12
	xor	%r8d, %r8d
1:	cmp	%edx, %r8d
	jge	2f
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	mov	%r11, (%rdi,%r8,8)
	inc	%r8
	jmp	1b
2:	mov	%r8, %rax
	pop	%r12
	ret
	.size	fill, . - fill
