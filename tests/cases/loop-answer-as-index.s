# title: the last answer of a loop, of which 12 bits are left, is an index that the VMM chose: no bound of the loop speaks of it
# contract: generic
# symbol: fill
# expect: incomplete complete
# because: is not one region's base
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
2:	and	$0xfff, %eax
	movq	$0, (%rdi,%rax,8)
	pop	%r12
	ret
	.size	fill, . - fill
