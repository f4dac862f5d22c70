# title: a counter of the source's own is a variable like any other, and named
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: refuted memory/writes
# because: calls_made+0x0

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
	incq	calls_made(%rip)
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

	.bss
	.type	calls_made, @object
	.size	calls_made, 8
calls_made:
	.zero	8
