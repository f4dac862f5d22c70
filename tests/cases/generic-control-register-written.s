# title: what is written to a control register changes the machine
# contract: generic
# symbol: my_vmcall
# expect: incomplete complete
# because: mov cr3

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%cr3, %r12
	mov	%r12, %cr3
	xor	%r13d, %r13d
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
1:	ud2
	.size	my_vmcall, . - my_vmcall
