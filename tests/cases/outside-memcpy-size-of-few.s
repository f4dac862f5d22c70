# title: copies what the VMM answered, of one of two sizes
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	sub	$24, %rsp
	movq	$0, 8(%rsp)
	mov	$0x1f, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	mov	%r11, 8(%rsp)
	cmp	$8, %rsi
	je	1f
	cmp	$4, %rsi
	jne	2f
1:	mov	%rsi, %rdx
	lea	8(%rsp), %rsi
	call	memcpy
2:	add	$24, %rsp
	xor	%eax, %eax
	ret
	.size	my_vmcall, . - my_vmcall
