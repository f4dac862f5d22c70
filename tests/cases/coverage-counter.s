# title: a counter that the compiler put in for coverage may be written
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: proved

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	push	%rbx
	push	%rbp
	sub	$8, %rsp
	mov	%rdi, %rbx
	mov	%rsi, %rbp
	mov	(%rbx), %r12
	incq	__gcov0.tdvmcall_map_gpa+8(%rip)
	mov	%rbp, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rbx)
	mov	%r10, %rax
	add	$8, %rsp
	pop	%rbp
	pop	%rbx
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa

	.local	__gcov0.tdvmcall_map_gpa
	.comm	__gcov0.tdvmcall_map_gpa,16,8
