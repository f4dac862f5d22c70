# title: without a pointer the size is zero instead of one page
# contract: shapes.yaml
# symbol: map_optional
# expect: refuted passes/r13
# because: 4096
# expect: refuted confines/r13
# because: size[0x0]

	.text
	.globl	map_optional
	.type	map_optional, @function
map_optional:
	push	%r12
	push	%r13
	mov	%rdi, %r12
	xor	%r13d, %r13d
	test	%rsi, %rsi
	jz	.Lcall
	mov	(%rsi), %r13
.Lcall:
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	map_optional, . - map_optional
