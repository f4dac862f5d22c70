# title: an argument says which page the module accepts, and the VMM is told whether it did
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$6, %eax
	mov	%rdi, %rcx
	.byte	0x66,0x0f,0x01,0xcc # TDG.MEM.PAGE.ACCEPT
	mov	$1, %r12d
	test	%rax, %rax
	jz	1f
	mov	$2, %r12d
1:
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
