# title: whether the call is made depends on where the stack is
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/rcx
# because: whether the call is made

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r12
	test	$0x100000, %esp
	jz	1f
	mov	$0x1f, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
1:	pop	%r12
	xor	%eax, %eax
	ret
	.size	my_vmcall, . - my_vmcall
