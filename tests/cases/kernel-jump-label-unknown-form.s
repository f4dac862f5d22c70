# title: a jump label over bytes that are none of its forms
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete complete
# because: jump label

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Llabel:
	mov	%rdi, %r12
.Lyes:
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

	.section __jump_table, "aw"
	.long	.Llabel - .
	.long	.Lyes - .
	.quad	key - .
	.data
key:	.quad 0, 0
