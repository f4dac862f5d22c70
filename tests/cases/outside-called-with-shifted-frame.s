# title: a function outside is called while a register holds a shifted address of the frame, as KASAN's prologues leave it
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$32, %rsp
	movq	$5, 8(%rsp)
	mov	%rsp, %rcx
	shr	$3, %rcx
	call	outside
	mov	8(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$32, %rsp
	pop	%r12
	ret
	.size	f, . - f
