# title: two replacements for two features
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Lold:
	mov	%rdi, %r12
	.fill	4, 1, 0x90
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
.Lnew1:
	lea	(%rdi), %r12
.Lnew_end1:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew1 - .
	.short	289, 0
	.byte	.Lold_end - .Lold, .Lnew_end1 - .Lnew1

	.section .altinstr_replacement, "ax"
.Lnew2:
	push	%rdi
	pop	%r12
.Lnew_end2:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew2 - .
	.short	290, 0
	.byte	.Lold_end - .Lold, .Lnew_end2 - .Lnew2
