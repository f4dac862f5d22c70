# title: the module is asked for what writes no memory (TDG.VP.INFO), as often as the VMM says
# contract: generic
# symbol: fill
# scrubs: asked
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
	mov	%rdx, %rbx
1:	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	%rsi, %r12
	mov	$0x1c00, %ecx		# R10 to R12
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc	# tdcall: TDG.VP.VMCALL
	test	%r10, %r10
	jnz	2f
	mov	$1, %eax
	mov	%rdi, %rcx
	mov	%rbx, %rdx
	xor	%r8d, %r8d
	.byte	0x66,0x0f,0x01,0xcc	# tdcall
	jmp	1b
2:	mov	(%rdi), %r9
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%rbx
	pop	%r12
	ret
9:	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r9d, %r9d
	ret
	.size	fill, . - fill
