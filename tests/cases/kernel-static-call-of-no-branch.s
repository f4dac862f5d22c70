# title: a static call that is listed for an instruction which is no call
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete complete
# because: by a static call

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Lsite:
	mov	%rdi, %r12
	nop
	nop
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
