# title: r12 says whether to enable them
# contract: linux-6.1
# symbol: __halt
# expect: refuted passes/r12
# because: r12
# expect: refuted confines/r12
# because: do_sti

	.text
	.globl	__halt
	.type	__halt, @function
__halt:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	%esi, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	test	%sil, %sil
	jz	1f
	sti
1:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	__halt, . - __halt
