# title: rbx says which page the module accepts, and that decides whether the VMM is called
# contract: generic
# symbol: f
# expect: refuted confines/rcx
# because: whether the call

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$6, %eax
	mov	%rbx, %rcx
	mov	%rdi, %r12
	.byte	0x66,0x0f,0x01,0xcc # TDG.MEM.PAGE.ACCEPT
	test	%rax, %rax
	jnz	1f
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
1:
	pop	%r12
	ret
	.size	f, . - f
