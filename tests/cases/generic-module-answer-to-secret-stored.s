# title: the status of what a secret asks is stored in an object, and sent after a call that may have changed it
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: nobody.rdi

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r13
	mov	%rdi, %r13
	mov	%rbx, %rdx
	mov	$7, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%rax,(%r13)
	mov	%r13, %rdi
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	call	g
	mov	(%r13), %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
