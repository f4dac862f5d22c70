# title: a vector register is clobbered
# contract: seed
# symbol: tdvmcall_trampoline
# expect: refuted preserves/xmm0
# because: xmm0

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	xor	%r10d, %r10d
	mov	%rax, %r11
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	%rdx, %r14
	mov	%rcx, %r15
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	pxor	%xmm0,%xmm0
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	ret
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
