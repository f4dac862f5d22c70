# title: every round of a loop adds what the module answers about a field that an argument names
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	xor	%r12d, %r12d
1:
	mov	$9, %eax
	xor	%ecx, %ecx
	mov	%rsi, %rdx
	.byte	0x66,0x0f,0x01,0xcc # TDG.VP.RD
	add	%r8, %r12
	dec	%rdi
	jnz	1b
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
