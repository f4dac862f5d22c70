# title: an index is compared with its bound on one way through the loop only
# contract: generic
# symbol: my_vmcall
# expect: incomplete complete
# because: a part of it is what a loop

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	sub	$40, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	xor	%eax, %eax
1:	movzbl	(%rdi,%rax), %edx
	test	%dl, %dl
	je	2f
	mov	%dl, (%rsp,%rax)
	cmp	$0x41, %dl
	je	3f
	add	$1, %rax
	cmp	$15, %rax
	je	2f
	jmp	1b
3:	add	$1, %rax
	jmp	1b
2:
	mov	(%rsp), %r12
	mov	8(%rsp), %r13
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$40, %rsp
	pop	%r13
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
