# title: the argument is kept in a register that a static call may change
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete passes/r12
# because: outside the image
# expect: incomplete confines/r12
# because: outside the image

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	sub	$8, %rsp
.Lcall:
	call	__SCT__hook
	add	$8, %rsp
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
	.long	.Lcall - .
	.long	__SCK__hook - .
