# title: a division by what the VMM chose ends the function if that is zero
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r11
	mov	%rsi, %r12
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r12, %rax
	cqo
	idiv	%r11
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
