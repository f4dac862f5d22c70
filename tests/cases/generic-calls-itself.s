# title: a call that is refused is made again by the function itself, as deep as the VMM likes
# contract: generic
# symbol: my_vmcall
# expect: incomplete complete
# because: calls itself without a known bound: 3 calls in each other and no end

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	%rdi, %r11
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%r10, %r10
	jz	.Ldone
	lea	1(%r12), %rdi
	call	my_vmcall
.Ldone:
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall
