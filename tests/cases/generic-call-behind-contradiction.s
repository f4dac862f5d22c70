# title: the call is reached only if an argument is both zero and not
# contract: generic
# symbol: my_vmcall
# expect: vacuous covers/call
# because: call

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
	test	%rsi, %rsi
	jz	.Lskip
	test	%rsi, %rsi
	jnz	.Lskip
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Lskip:
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
