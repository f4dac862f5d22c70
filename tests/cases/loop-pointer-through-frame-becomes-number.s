# title: rounds move a pointer into the frame on, later ones set it to a number: how far that is from the frame is told
# contract: generic
# symbol: f
# expect: refuted confines/r10

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
	mov	$8, %eax
	jmp	1b
2:	mov	%rax, %r10
	sub	%rsp, %r10
	mov	$0x400, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x18, %rsp
	ret
	.size	f, . - f
