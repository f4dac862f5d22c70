# title: control registers are the system's, as all data of the kernel
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%cr0, %r12
	mov	%cr3, %rax
	add	%rax, %r12
	mov	%cr4, %r13
	xor	%r8d, %r8d
	mov	%es, %r8w
	add	%r8, %r13
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
