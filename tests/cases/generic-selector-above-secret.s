# title: a selector that is moved to 16 bits leaves what is above them
# contract: generic
# symbol: my_vmcall
# expect: incomplete confines/r12
# because: entry.r12

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%es, %r12w
	mov	%ds, %r13d
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
