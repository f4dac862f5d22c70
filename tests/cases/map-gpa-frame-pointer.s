# title: with a frame pointer and an in-line ud2
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: proved

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%rbp
	mov	%rsp, %rbp
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	mov	$0x3c00, %rcx
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$0x10001, %r11
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jz	.Lok
	ud2
.Lok:
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	pop	%rbp
	ret
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
