# title: an argument that was pushed is the address of the place where a register was saved
# contract: generic
# symbol: f
# expect: incomplete preserves/rbx
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%rbp
	push	%rbx
	mov	%rdi, %rbx
	mov	%rsp, %rbp
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
	lea	8(%rsp), %rbp
	push	%rbp
	call	elsewhere
	pop	%rbp
	ret
	.size	inner, . - inner
