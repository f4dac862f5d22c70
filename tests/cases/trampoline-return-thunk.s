# title: it returns through a local return thunk
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
	jnz	.Lpanic
	jmp	__x86_return_thunk
.Lpanic:
	ud2
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline

	.type	__x86_return_thunk, @function
__x86_return_thunk:
	ret
	int3
	.size	__x86_return_thunk, . - __x86_return_thunk
