# title: the mask selects r14 without need; it is saved and zero
# contract: seed
# symbol: tdvmcall_get_quote
# expect: refuted mask/permitted
# because: r14

	.text
	.globl	tdvmcall_get_quote
	.type	tdvmcall_get_quote, @function
tdvmcall_get_quote:
	push	%r14
	push	%r12
	push	%r13
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x7c00, %ecx
	xor	%r14d, %r14d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	pop	%r14
	ret
.Lpanic:
	ud2
	.size	tdvmcall_get_quote, . - tdvmcall_get_quote
