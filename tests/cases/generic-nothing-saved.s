# title: r12 and r13 are loaded without being saved
# contract: generic
# symbol: my_vmcall
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	xor	%r10d, %r10d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
