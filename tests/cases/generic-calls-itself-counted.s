# title: a function that calls itself twice, and never deeper
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	mov	$2, %esi
	call	.Lcounted
	pop	%r12
	ret
	.size	my_vmcall, . - my_vmcall

	.type	.Lcounted, @function
.Lcounted:
	mov	%esi, %r12d
	xor	%r10d, %r10d
	mov	%rdi, %r11
	mov	$0xc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	sub	$1, %r12d
	jz	1f
	mov	%r12d, %esi
	call	.Lcounted
1:
	ret
	.size	.Lcounted, . - .Lcounted
