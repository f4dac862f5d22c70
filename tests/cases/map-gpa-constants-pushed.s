# title: every constant arrives by push and pop
# contract: seed
# symbol: tdvmcall_map_gpa
# expect: proved

	.text
	.globl	tdvmcall_map_gpa
	.type	tdvmcall_map_gpa, @function
tdvmcall_map_gpa:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	push	$0
	pop	%r10
	push	$0x10001
	pop	%r11
	push	$0x3c00
	pop	%rcx
	push	$0
	pop	%rax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r11, (%rdi)
	push	%r10
	pop	%rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_map_gpa, . - tdvmcall_map_gpa
