# title: a jump label in what an alternative replaces
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete complete
# because: in an alternative

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Lold:
	mov	%rdi, %r12
.Llabel:
	.byte	0x0f,0x1f,0x44,0x00,0x00
.Lyes:
.Lold_end:
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

	.section .altinstr_replacement, "ax"
.Lnew:
	mov	%rdi, %r12
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	289, 0
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew
