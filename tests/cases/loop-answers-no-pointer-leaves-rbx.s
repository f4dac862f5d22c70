# title: what follows a loop where its pointer was none, but the number of an error, is looked at
# contract: generic
# symbol: fill
# expect: refuted confines/r12
# because: entry.rbx
	.text
	.globl	fill
	.type	fill, @function
fill:
	.irp	k, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26
	cmp	$\k, %r9b		# many ways, so that single rounds are not looked at
	je	9f
	.endr
	push	%r12
	mov	%rdi, %r8
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
2:	cmp	$-4096, %r8		# was it no pointer at all?
	jb	3f
	mov	%rbx, %rsi
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
3:	pop	%r12
9:	xor	%eax, %eax
	ret
	.size	fill, . - fill
