# title: follows a pointer that a function outside left in a list in the frame: to the list, or further
# contract: generic
# symbol: f
# expect: incomplete complete
# because: stack[-0x20], a pointer that no contract

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%rbx
	sub	$24, %rsp
	mov	%rsp, (%rsp)
	mov	%rsp, 8(%rsp)
	mov	%rbx, 16(%rsp)
	mov	%rsp, %rdi
	call	ext
	mov	8(%rsp), %rax
	mov	(%rax), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$24, %rsp
	pop	%rbx
	pop	%r12
	ret
	.size	f, . - f
