# title: callee-saved registers are stored below rsp before the frame is made
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted preserves/r12
# because: r12
# expect: refuted preserves/r13
# because: r13

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	mov	%r12, -8(%rsp)
	mov	%r13, -16(%rsp)
	nop
	nop
	sub	$16, %rsp
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
