# title: the ud2 stands in line and a zero status jumps over it
# contract: seed
# symbol: tdvmcall_trampoline
# expect: proved

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
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jz	.Ldone
	ud2
.Ldone:
	ret
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
