# title: the status is looked at after the last call only
# contract: shapes.yaml
# symbol: quote_again
# expect: refuted failure/tdcall
# because: further call

	.text
	.globl	quote_again
	.type	quote_again, @function
quote_again:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	cmp	$1, %r10
	je	.Lmore
	test	%r11, %r11
	jz	.Ldone
.Lmore:
	mov	%rdi, %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10002, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
.Ldone:
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	quote_again, . - quote_again
