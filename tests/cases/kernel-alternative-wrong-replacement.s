# title: the replacement takes the wrong argument register
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
.Lold:
	mov	%rdi, %r12
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

	.section .altinstr_replacement, "ax"
.Lnew:
	mov	%rsi, %r12
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	289, 0
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew
