# title: the shared label behind the function is a ret
# contract: seed
# symbol: tdvmcall_halt
# expect: refuted failure/tdcall
# because: rax

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
	.size	tdvmcall_halt, . - tdvmcall_halt

.Lpanic:
	pop	%r12
	ret
