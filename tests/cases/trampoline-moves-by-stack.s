# title: the reason and the inputs travel over the stack
# contract: seed
# symbol: tdvmcall_trampoline
# expect: proved

	.text
	.globl	tdvmcall_trampoline
	.type	tdvmcall_trampoline, @function
tdvmcall_trampoline:
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rax
	push	$0
	pop	%r10
	pop	%r11
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	push	$0
	pop	%rax
	mov	$0xfc00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jz	.Ldone
	ud2
.Ldone:
	ret
	.size	tdvmcall_trampoline, . - tdvmcall_trampoline
