# title: the call is repeated until the VMM reports success; the contract allows one call
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted leaf
# because: call
# expect: incomplete complete
# because: loop

	.text
	.globl	tdvmcall_halt
	.type	tdvmcall_halt, @function
tdvmcall_halt:
	push	%r12
.Lagain:
	mov	%rdi, %r12
	xor	%r10d, %r10d
	mov	$0xc, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	test	%r10, %r10
	jnz	.Lagain
	mov	%r10, %rax
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_halt, . - tdvmcall_halt
