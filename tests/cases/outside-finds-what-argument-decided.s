# title: an argument decides what a variable holds when another function is called
# contract: generic
# symbol: f
# expect: proved

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	sub	$24, %rsp
	test	%rdi, %rdi
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
