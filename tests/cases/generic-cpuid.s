# title: the instruction CPUID, which in a TD may trap, stands on one path
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
	xor	%r10d, %r10d
	test	%rdi, %rdi
	jnz	.Lskip
	push	%rbx
	xor	%eax, %eax
	cpuid
	pop	%rbx
.Lskip:
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
