# title: the retry does not load the inputs again: the VMM's values go out
# contract: seed
# symbol: tdvmcall_get_quote
# expect: refuted leaf
# because: call
# expect: refuted passes/r12
# because: r12
# expect: refuted passes/r13
# because: r13
# expect: refuted confines/r12
# because: r12
# expect: refuted confines/r13
# because: r13

	.text
	.globl	tdvmcall_get_quote
	.type	tdvmcall_get_quote, @function
tdvmcall_get_quote:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	mov	%rsi, %r13
	mov	$2, %edx
.Lagain:
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	cmp	$1, %r10
	jne	.Ldone
	dec	%edx
	jnz	.Lagain
.Ldone:
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	tdvmcall_get_quote, . - tdvmcall_get_quote
