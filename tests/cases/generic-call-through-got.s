# title: calls a function of its own file through the global offset table
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r12
	call	*prepare@GOTPCREL(%rip)
	mov	$0x1f, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	mov	%r10, %rax
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall

	.globl	prepare
	.type	prepare, @function
prepare:
	nop
	incl	counter(%rip)
	ret
	.size	prepare, . - prepare

	.local	counter
	.comm	counter,4,4
