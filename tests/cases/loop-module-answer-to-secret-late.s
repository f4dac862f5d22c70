# title: what the module answers to a secret ends a loop, in round 50
# contract: generic
# symbol: f
# expect: incomplete complete
# because: secret: module.0.r8

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r13
	mov	%rbx, %rdx
	mov	$7, %eax
	xor	%ecx, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%r13d, %r13d
1:	inc	%r13
	cmp	$50, %r13
	jne	2f
	test	%r8, %r8
	jne	3f
2:	cmp	%rdi, %r13
	jb	1b
3:
	mov	%r13, %r12
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
