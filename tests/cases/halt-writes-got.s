# title: writes into the global offset table
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted memory/writes

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	1f
	mov	%r10, %rax
	pop	%r12
	ret
1:	mov	$5, %ecx
	mov	%rcx, panic@GOTPCREL(%rip)
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
