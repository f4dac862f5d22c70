# title: a loop counts an argument down to zero before the call
# contract: generic
# symbol: my_vmcall
# expect: proved

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	test	%r8, %r8
	jz	.Lgo
.Lcount:
	dec	%r8
	jnz	.Lcount
.Lgo:
	xor	%r10d, %r10d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
