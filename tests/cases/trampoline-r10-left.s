# title: r10 is not set: what the caller had there goes to the VMM
# contract: seed
# symbol: tdvmcall_trampoline
# expect: refuted passes/r10
# because: r10
# expect: refuted confines/r10
# because: r10

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	mov	%rax, %r11
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	%rdx, %r14
	mov	%rcx, %r15
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	ret
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
