# title: a load that may fault continues behind itself
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	$0, %r9d
.Lload:
	mov	%gs:0x40, %r8
.Lfix:
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

	.section __ex_table, "a"
	.balign	4
	.long	.Lload - .
	.long	.Lfix - .
	.long	3
