# title: sends how long the caller's string is, however long
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r11
	xor	%eax, %eax
	mov	$-1, %rcx
	repne scasb
	not	%rcx
	lea	-1(%rcx), %r12
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
