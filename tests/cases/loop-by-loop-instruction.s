# title: as many calls as the caller says, counted by the loop instruction
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r11
	mov	%rsi, %rdx
1:
	xor	%r10d, %r10d
	xor	%r12d, %r12d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rdi, %r11
	mov	%rdx, %rcx
	dec	%rdx
	loop	1b
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
