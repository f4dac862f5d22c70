# title: a loop over the bits that are set in a word, by tzcnt
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	test	%rdi, %rdi
	jz	2f
1:	tzcnt	%rdi, %r12
	btr	%r12, %rdi
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rdi, %rdi
	jnz	1b
2:	pop	%r12
	ret
	.size	f, . - f
