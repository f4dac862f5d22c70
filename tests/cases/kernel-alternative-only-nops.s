# title: without the feature the instruction that clears r10 becomes a nop
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted passes/r10
# because: r10
# expect: refuted confines/r10
# because: r10

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
.Lold:
	xor	%r10d, %r10d
.Lold_end:
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
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	289, 1
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew
