# title: a pointer into the frame is moved by a secret in some rounds, and how far it went is told to the VMM
# contract: generic
# symbol: f
# expect: refuted confines/r10

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x18, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	movq	$0, 16(%rsp)
	mov	%rsp, %rax
	lea	0x10(%rsp), %rdx
1:	mov	(%rdi), %rcx			# an object of the caller's
	cmp	%rcx, %rsi
	jb	2f
	add	%rbx, %rax
	jmp	4f
2:	add	$8, %rax
3:	cmp	%rax, %rdx
	jne	1b
4:	mov	%rax, %r10
	sub	%rsp, %r10
	xor	%r11d, %r11d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x18, %rsp
	ret
	.size	f, . - f
