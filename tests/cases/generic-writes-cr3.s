# title: an instruction that changes the machine stands on one path
# contract: generic
# symbol: my_vmcall
# expect: incomplete complete
# because: cr3

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%r12
	push	%r13
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	xor	%r10d, %r10d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	test	%r10, %r10
	jnz	.Lskip
	xor	%eax, %eax
	mov	%rax, %cr3
.Lskip:
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
