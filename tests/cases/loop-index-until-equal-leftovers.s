# title: sends 16 bytes of which a loop wrote as many as the caller says: the others are what was in the stack
# contract: generic
# symbol: f
# expect: refuted confines/r10
# expect: refuted confines/r11

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x10, %rsp
	mov	$0x10, %eax
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
