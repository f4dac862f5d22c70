# title: copies up to 17 bytes until the index equals their number: the last one overwrites the return address
# contract: generic
# symbol: f
# expect: refuted stack/return-address

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x10, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	mov	$0x11, %eax
	cmp	$0x10, %rsi
	cmovb	%rsi, %rax
	test	%rax, %rax
	je	2f
	xor	%ecx, %ecx
1:	mov	(%rdi,%rcx), %dl
	mov	%dl, (%rsp,%rcx)
	add	$1, %rcx
	cmp	%rcx, %rax
	jne	1b
2:	mov	(%rsp), %r10
	mov	8(%rsp), %r11
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x10, %rsp
	ret
	.size	f, . - f
