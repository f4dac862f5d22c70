# title: the end that a pointer is compared with need be no address: where it is -1, rbx is sent behind the loop
# contract: generic
# symbol: f
# expect: refuted confines/r12
# because: rbx

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r13
	push	%rbx
	push	%r14
	mov	%rdi, %rbx
	mov	%rsi, %r13
	mov	%rdx, %r14
1:	mov	$5, %r12d
	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	mov	%r11, (%rbx)
	add	$8, %rbx
	cmp	%r13, %rbx
	jae	2f
	cmp	$1, %r10
	je	1b
2:	mov	$6, %r12d
	cmp	$-1, %r13
	jne	3f
	mov	8(%rsp), %r12
3:	mov	$0x1c00, %ecx
	mov	$0x10003, %r11d
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r14
	pop	%rbx
	pop	%r13
	pop	%r12
	ret
	.size	f, . - f
