# title: a callee-saved register decides whether a second call is made
# contract: generic
# symbol: myfunc
# expect: refuted confines/rcx
# because: whether the call is

	.text
	.globl	myfunc
	.type	myfunc, @function
myfunc:
	push	%r12
	push	%r13
	mov	(%rdi), %r12
	mov	%rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
	test %rbx,%rbx
	jz 1f
	mov (%rdi), %r12
	mov %rsi, %r13
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x3c00, %ecx
	xor	%eax, %eax
	.byte 0x66,0x0f,0x01,0xcc
	test	%rax, %rax
	jnz	.Lpanic
1:
	mov	%r11, (%rdi)
	mov	%r10, %rax
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	myfunc, . - myfunc
