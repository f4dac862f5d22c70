# title: what is called on a failure never returns, but a contract asks what becomes of a failure, so it is followed
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: incomplete complete
# because: other files may assign to hook

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	1f
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
1:	call	fail
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa

	.type	fail, @function
fail:
	call	*hook(%rip)
1:	hlt
	jmp	1b
	.size	fail, . - fail

	.bss
	.balign	8
	.globl	hook
hook:	.zero	8
