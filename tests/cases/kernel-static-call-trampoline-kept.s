# title: a static call through its trampoline, before the arguments are placed
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	push	%rdi
	call	__SCT__hook
	pop	%rdi
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lrefused
	mov	%r10, %rax
	pop	%r12
	ret
.Lrefused:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt

	.type	default, @function
default:
	ret
	.size	default, . - default

	.section .static_call.text, "ax"
	.globl	__SCT__hook
	.type	__SCT__hook, @function
__SCT__hook:
	jmp	default
	ud1	%esp, %ecx
	.size	__SCT__hook, . - __SCT__hook
