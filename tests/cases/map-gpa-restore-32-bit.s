# title: only the low half of r12 is restored
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%rbp
	mov	%rsp, %rbp
	sub	$16, %rsp
	mov	%r12, -8(%rbp)
	mov	%r13, -16(%rbp)
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	mov	%r10, %rax
	mov	-8(%rbp), %r12d
	mov	-16(%rbp), %r13
	leave
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
