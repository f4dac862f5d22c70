# title: rbx decides which of two leaves it is whose answer is sent
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	test	%rbx, %rbx
	jz	1f
	mov	$1, %eax
	jmp	2f
1:
	mov	$3, %eax
	jmp	2f
2:
	.byte	0x66,0x0f,0x01,0xcc # TDG.VP.INFO or TDG.VP.VEINFO.GET
	mov	%r8, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
