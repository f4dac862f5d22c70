# title: rbx is kept in what looks like KASAN's shadow memory
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	%rdi, %rax
	shr	$3, %rax
	movabs	$0xdffffc0000000000, %rdx
	add	%rdx, %rax
	mov	%rbx, (%rax)
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
