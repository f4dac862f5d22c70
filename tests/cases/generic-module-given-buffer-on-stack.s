# title: the module gets places on the stack, and whether it succeeds decides about a call
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$1096, %rsp
	mov	%rdi, %r12
	lea	1024(%rsp), %rdx
	mov	%rsp, %rcx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc # TDG.MR.REPORT
	test	%rax, %rax
	jnz	1f
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
1:
	add	$1096, %rsp
	pop	%r12
	ret
	.size	f, . - f
