# title: RBP that an inner function has pushed links two frames and hands nothing out
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbp
	mov	%rsp, %rbp
	push	%rbx
	mov	%rdi, %rbx
	call	inner
	push	%r12
	mov	%rbx, %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	f, . - f

	.type	inner, @function
inner:
	push	%rbp
	mov	%rsp, %rbp
	call	elsewhere
	pop	%rbp
	ret
	.size	inner, . - inner
