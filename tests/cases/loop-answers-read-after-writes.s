# title: the VMM decides how much of a table is overwritten, and so what is read from it afterwards
# contract: generic
# symbol: fill
# scrubs: asked
# expect: incomplete scrubs/r9
# because: still holds something that the VMM chose
	.text
	.globl	fill
	.type	fill, @function
fill:
	push	%r12
	xor	%r8d, %r8d
	test	%rdx, %rdx
	jz	2f
1:	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	movq	$5, (%rdi,%r8,8)
	add	$1, %r8
	cmp	%rdx, %r8
	jne	1b
2:	mov	24(%rdi), %r9
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r12
	ret
	.size	fill, . - fill
