# title: rdi and r8 serve as scratch registers and get their values back
# contract: seed
# symbol: tdvmcall_trampoline
# expect: proved

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	push	%rdi
	push	%r8
	mov	%rax, %r8
	xor	%r10d, %r10d
	mov	%r8, %r11
	mov	%rdi, %r12
	xor	%edi, %edi
	mov	%rsi, %r13
	mov	%rdx, %r14
	mov	%rcx, %r15
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	pop	%r8
	pop	%rdi
	ret
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
