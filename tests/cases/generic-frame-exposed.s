# title: a frame pointer goes out in rsi
# contract: generic
# symbol: my_vmcall
# expect: refuted confines/rsi
# because: rsi

	.text
	.globl	my_vmcall
	.type	my_vmcall, @function
my_vmcall:
	push	%rbp
	mov	%rsp, %rbp
	push	%r12
	push	%r13
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	xor	%r10d, %r10d
	mov	$0x3c40, %ecx
	mov	%rbp, %rsi
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	pop	%rbp
	ret
.Lpanic:
	ud2
	.size	my_vmcall, . - my_vmcall
