# title: a function of that name in another crate may return
# contract: generic
# symbol: my_vmcall
# expect: incomplete complete
# because: behind my_vmcall

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r12
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	call	_RNvNtCsgEmfK2I1SDS_7my_core9panicking5panic
	.size	my_vmcall, . - my_vmcall
