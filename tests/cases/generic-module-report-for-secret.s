# title: a secret decides of which data the module makes a report, a word of which is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody.rdi

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbp
	mov	%rdi, %rbp
	mov	%rdi, %rcx
	mov	%rsi, %rdx
	test	%rbx, %rbx
	cmove	%rdi, %rdx
	xor	%r8d, %r8d
	mov	$4, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	8(%rbp), %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%rbp
	pop	%r12
	ret
	.size	f, . - f
