# title: two places that hang on the same feature agree: what one loads the other uses
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
.Lold_end:
.Lold2:
	.fill	3, 1, 0x90
.Lold_end2:
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
	mov	%rdi, %r9
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	289, 0
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew

	.section .altinstr_replacement, "ax"
.Lnew2:
	mov	%r9, %r12
.Lnew_end2:
	.section .altinstructions, "a"
	.long	.Lold2 - .
	.long	.Lnew2 - .
	.short	289, 0
	.byte	.Lold_end2 - .Lold2, .Lnew_end2 - .Lnew2
