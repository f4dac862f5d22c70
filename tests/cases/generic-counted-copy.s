# title: a counted loop copies a struct of the caller to the stack and loads from there
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	sub	$24, %rsp
	mov	$3, %ecx
.Lcopy:
	mov	-8(%rdi,%rcx,8), %rax
	mov	%rax, -8(%rsp,%rcx,8)
	dec	%ecx
	jnz	.Lcopy
	mov	(%rsp), %r11
	mov	8(%rsp), %r12
	mov	16(%rsp), %r13
	xor	%r10d, %r10d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	add	$24, %rsp
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
