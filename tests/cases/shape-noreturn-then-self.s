# title: a call that never returns, followed by a jump to itself
# contract: seed
# symbol: tdvmcall_halt
# expect: proved

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
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r12
	ret
	int3
.Lpanic:
	call	__tdx_hypercall_failed
	jmp	.Lpanic
	.size	tdvmcall_halt, . - tdvmcall_halt
