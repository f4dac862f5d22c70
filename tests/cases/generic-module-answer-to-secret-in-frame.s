# title: the status of what a secret asks lies in the frame while a function is handed it, and is sent
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody.g

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$16, %rsp
	mov	%rbx, %rdx
	mov	$7, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rax,(%rsp)
	movq	$0,8(%rsp)
	mov	%rsp, %rdi
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	call	g
	mov	(%rsp), %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$16, %rsp
	pop	%r12
	ret
	.size	f, . - f
