# title: a fix-up that lies in no code
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete complete
# because: not read-only code

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
.Lload:
	mov	%gs:0x40, %r8
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
	.long	.Lnowhere - .
	.long	3
	.data
.Lnowhere:
	ret
