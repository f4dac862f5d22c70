# title: clears as much of the own frame as the caller says: nothing bounds it
# contract: generic
# symbol: f
# expect: incomplete complete
# because: a part of it is what a loop

	.text
	.globl	f
	.type	f, @function
f:
	sub	$0x108, %rsp
	mov	%rsp, %rax
1:	test	%rdi, %rdi
	jz	2f
	movb	$0, (%rax)
	inc	%rax
	dec	%rdi
	jmp	1b
2:	mov	$0x400, %ecx
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$0x108, %rsp
	ret
	.size	f, . - f
