# title: copies two bytes in a round until the index equals a number that may be odd, which it steps over
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a loop without a known bound

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x10, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	mov	$0x10, %eax
	cmp	$0x10, %rsi
	cmovb	%rsi, %rax
	mov	%eax, %edx
	and	$0x1f, %edx
	je	2f
	xor	%ecx, %ecx
1:	mov	(%rdi,%rcx), %r8b
	mov	%r8b, (%rsp,%rcx)
	mov	1(%rdi,%rcx), %r8b
	mov	%r8b, 1(%rsp,%rcx)
	add	$2, %rcx
	cmp	%rcx, %rdx
	jne	1b
2:	mov	(%rsp), %r10
	mov	8(%rsp), %r11
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x10, %rsp
	ret
	.size	f, . - f
