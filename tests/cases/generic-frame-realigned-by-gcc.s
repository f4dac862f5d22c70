# title: a realigned frame of GCC, whose r10 says where the caller's ends: it is saved like a register
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	lea	8(%rsp), %r10
	and	$-32, %rsp
	push	-8(%r10)
	push	%rbp
	mov	%rsp, %rbp
	push	%r12
	push	%r10
	push	%rbx
	sub	$40, %rsp
	mov	%rdi, (%rsp)
	mov	%rsp, %rdi
	call	ext
	mov	%rax, %r12
	xor	%r11d, %r11d
	xor	%r10d, %r10d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$40, %rsp
	pop	%rbx
	pop	%r10
	pop	%r12
	pop	%rbp
	lea	-8(%r10), %rsp
	ret
	.size	f, . - f
