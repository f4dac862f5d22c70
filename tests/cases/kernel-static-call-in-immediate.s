# title: a static call over a part of an instruction
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete complete
# because: replace a part of this instruction

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	.byte	0x49,0xb8			# movabs to %r8
.Lsite:
	.byte	0xe8,0,0,0,0,0,0,0
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

	.section .static_call_sites, "aw"
	.long	.Lsite - .
	.long	0
