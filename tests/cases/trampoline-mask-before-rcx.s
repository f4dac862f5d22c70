# title: the mask overwrites rcx before the fourth input is moved
# contract: seed
# symbol: tdvmcall_trampoline
# expect: refuted passes/r15
# because: r15

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	xor	%r10d, %r10d
	mov	%rax, %r11
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	%rdx, %r14
	mov	$0xfc00, %ecx
	mov	%rcx, %r15
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	ret
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
