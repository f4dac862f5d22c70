# title: the same, and an argument is sent
# contract: generic
# symbol: fill
# expect: proved
	.text
	.globl	fill
	.type	fill, @function
fill:
	.irp	k, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26
	cmp	$\k, %r9b		# many ways, so that single rounds are not looked at
	je	9f
	.endr
	push	%r12
	push	%rbx
	push	%r15
	mov	$8, %ebx		# what VEX calls the operation that the flags are of: a subtraction, ...
	xor	%r15d, %r15d
	cmp	%r15, %r8
1:	jbe	3f
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	mov	$28, %ebx		# ... and here a decrement, which leaves the carry
	lea	2(%r11), %r8
	or	$0x100, %r8
	cmp	%rdx, %rdi
	dec	%r8
	jmp	1b
3:	cmp	$28, %ebx
	jne	2f
	mov	%rdx, %rsi
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
2:	pop	%r15
	pop	%rbx
	pop	%r12
9:	xor	%eax, %eax
	ret
	.size	fill, . - fill
