# title: a pointer into the frame is moved past its end: what the caller says is written over the return address
# contract: generic
# symbol: f
# expect: refuted stack/return-address

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x18, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	movq	$0, 16(%rsp)
	mov	%rsp, %rax
	lea	0x20(%rsp), %rdx
1:	mov	(%rdi), %rcx			# an object of the caller's
	cmp	%rcx, %rsi
	jb	2f
	mov	%rcx, (%rax)
2:	add	$8, %rax
3:	cmp	%rax, %rdx
	jne	1b
	mov	(%rsp), %r10
	mov	8(%rsp), %r11
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x18, %rsp
	ret
	.size	f, . - f
