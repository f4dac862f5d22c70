# title: a jump label that jumps in the file may become a nop before wrong code
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted passes/r12
# because: r12
# expect: refuted confines/r12
# because: r12

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Llabel:
	.byte	0xe9
	.long	.Lyes - . - 4
	mov	%rsi, %r12
	jmp	2f
.Lyes:
	mov	%rdi, %r12
2:
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
	.quad	key + 1 - .
	.data
key:	.quad 0, 0
