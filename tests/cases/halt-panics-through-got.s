# title: panics through the global offset table
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

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
1:	call	*panic@GOTPCREL(%rip)
	.size	tdvmcall_halt, . - tdvmcall_halt
