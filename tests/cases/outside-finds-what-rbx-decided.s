# title: rbx decides what a variable holds when another function is called, which may leave it so
# contract: generic
# symbol: f
# expect: incomplete confines/r12
# because: r12

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$24, %rsp
	test	%rbx, %rbx
	jz	1f
	movq	$1, seen(%rip)
	jmp	2f
1:
	movq	$2, seen(%rip)
	jmp	2f
2:
	call	other
	mov	seen(%rip), %r12
	xor	%r10d, %r10d
	mov	$0x10003, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%r12
	ret
	.size	f, . - f

	.bss
	.balign	8
	.type	seen, @object
	.size	seen, 8
seen:
	.zero	8
