# title: a static call that is a jump: what it returns is not the status
# contract: seed
# symbol: tdvmcall_halt
# expect: incomplete returns/rax
# because: outside the image
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lrefused
	mov	%rbx, %r12
	mov	%r12, %rax
	lea	8(%rsp), %rsp
.Lcall:
	jmp	__SCT__hook
.Lrefused:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt

	.section .static_call_sites, "aw"
	.long	.Lcall - .
	.long	__SCK__hook - .
