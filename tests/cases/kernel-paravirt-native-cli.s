# title: the instruction that stands for a call through pv_ops clears the interrupt flag
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted preserves/if
# because: if

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Lold:
	call	*pv_ops+0x48(%rip)
.Lold_end:
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

	.section .altinstr_replacement, "ax"
.Lnew:
	cli
.Lnew_end:
	.section .altinstructions, "a"
	.long	.Lold - .
	.long	.Lnew - .
	.short	272, 1
	.byte	.Lold_end - .Lold, .Lnew_end - .Lnew
