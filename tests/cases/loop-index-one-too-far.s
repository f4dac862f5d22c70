# title: the bound of an index is one more than the room: the last byte falls on what the frame keeps
# contract: generic
# symbol: my_vmcall
# expect: incomplete preserves/r12
# because: nobody knows what it leaves
# expect: incomplete preserves/r13
# because: nobody knows what it leaves
# expect: incomplete stack/return-address
# because: nobody knows what it leaves

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
	add	$1, %rax
	cmp	$57, %rax
	je	2f
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
