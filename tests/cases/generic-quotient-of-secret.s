# title: sends the quotient of a register that is its caller's
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/r12
# because: rbx

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rbx, %rax
	mov	$3, %ecx
	xor	%edx, %edx
	div	%rcx
	mov	%rdi, %r11
	mov	%rax, %r12
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
