# title: an argument chooses among four words of the frame
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:	sub	$40, %rsp
	movq	$1, (%rsp)
	movq	$2, 8(%rsp)
	movq	$3, 16(%rsp)
	movq	$4, 24(%rsp)
	and	$3, %edi
	mov	(%rsp,%rdi,8), %r11
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$40, %rsp
	ret
	.size	f, . - f
