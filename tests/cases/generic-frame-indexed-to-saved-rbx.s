# title: an argument chooses among four words of the frame, one of which is the caller's rbx
# contract: generic
# symbol: f
# expect: refuted confines/r11
# because: entry.rbx

	.text
	.globl	f
	.type	f, @function
f:	sub	$40, %rsp
	movq	$1, (%rsp)
	movq	$2, 8(%rsp)
	movq	$3, 16(%rsp)
	mov	%rbx, 24(%rsp)
	and	$3, %edi
	mov	(%rsp,%rdi,8), %r11
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$40, %rsp
	ret
	.size	f, . - f
