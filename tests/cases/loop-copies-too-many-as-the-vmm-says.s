# title: copies as many bytes into the frame as the VMM says, more than it has room for
# contract: generic
# symbol: my_vmcall
# expect: incomplete stack/return-address
# because: nobody knows what it leaves
# expect: incomplete control/target
# because: nobody knows what it leaves

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	mov	$0x1f, %r11d
	xor	%r10d, %r10d
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	sub	$32, %rsp
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	movq	$0, 16(%rsp)
	movq	$0, 24(%rsp)
	mov	$40, %eax
	cmp	%rax, %r11
	cmova	%rax, %r11
	xor	%ecx, %ecx
1:	cmp	%r11, %rcx
	jae	2f
	mov	(%rdi,%rcx), %al
	mov	%al, (%rsp,%rcx)
	inc	%rcx
	jmp	1b
2:	mov	(%rsp), %rax
	add	$32, %rsp
	ret
	.size	my_vmcall, . - my_vmcall
