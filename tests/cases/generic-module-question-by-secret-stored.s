# title: a secret chose between two questions, whose status is stored where a pointer leads and read again
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: something other

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	mov	$2, %edx
	test	%rbx, %rbx
	je	1f
	mov	$1, %edx
1:
	mov	$7, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	(%rdi), %rdx
	mov	%rax,(%rdx)
	mov	(%rsi), %rcx
	mov	(%rcx), %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	ret
	.size	f, . - f
