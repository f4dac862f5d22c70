# title: the call is repeated with the same inputs as long as the VMM says RETRY; the contract allows one call
# contract: seed
# symbol: tdvmcall_get_quote
# expect: refuted leaf
# because: call
# expect: incomplete complete
# because: loop

	.text
	.globl	tdvmcall_get_quote
	.type	tdvmcall_get_quote, @function
tdvmcall_get_quote:
	push	%r12
	push	%r13
.Lagain:
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	cmp	$1, %r10
	je	.Lagain
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_get_quote, . - tdvmcall_get_quote
