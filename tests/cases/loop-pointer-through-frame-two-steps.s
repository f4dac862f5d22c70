# title: rounds move a pointer into the frame on, now and then by more: how far it is from where it began is no secret
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x18, %rsp
	mov	%rsp, %rax
1:	mov	(%rdi), %rcx			# an object of the caller's
	add	$8, %rdi
	cmp	%rcx, %rsi
	jb	2f
	add	$8, %rax
	cmp	$4, %rcx
	jne	1b
	add	$16, %rax
	jmp	1b
2:	mov	%rax, %r10
	sub	%rsp, %r10
	mov	$0x400, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x18, %rsp
	ret
	.size	f, . - f
