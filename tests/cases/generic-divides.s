# title: sends how many pages a size is, by a division that does not fault
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %rax
	mov	$4096, %ecx
	xor	%edx, %edx
	div	%rcx
	mov	%rax, %r11
	mov	%rdx, %r12
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
