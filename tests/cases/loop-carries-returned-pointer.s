# title: a pointer that a function returned comes through several rounds of a loop and leads to its object in the frame then
# contract: linux-6.12
# symbol: f
# expect: incomplete confines/r12
# because: nobody.loop

	.text
	.globl	f
	.type	f, @function
f:
	push	%r12
	push	%r14
	sub	$104, %rsp
	mov	%rsi, %r14
	mov	64(%rsi),%rdx
	mov	%rdx,0(%rsp)
	mov	%rdx,8(%rsp)
	mov	%rdx,16(%rsp)
	mov	%rdx,24(%rsp)
	mov	%rdx,32(%rsp)
	mov	%rdx,40(%rsp)
	mov	%rdx,48(%rsp)
	movq	$0, 88(%rsp)
1:
	lea	88(%rsp), %rdi
	call	find
	mov	8(%rsp),%rcx
	mov	%rcx,0(%rsp)
	mov	16(%rsp),%rcx
	mov	%rcx,8(%rsp)
	mov	24(%rsp),%rcx
	mov	%rcx,16(%rsp)
	mov	32(%rsp),%rcx
	mov	%rcx,24(%rsp)
	mov	40(%rsp),%rcx
	mov	%rcx,32(%rsp)
	mov	48(%rsp),%rcx
	mov	%rcx,40(%rsp)
	mov	%rax, 48(%rsp)
	dec	%r14
	jnz	1b
	mov	(%rsp),%rcx
	mov	%rbx, (%rcx)
	mov	88(%rsp), %r12
	xor	%r10d, %r10d
	mov	$0x10001, %r11d
	mov	$0x1c00, %ecx
	xor	%eax,%eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	add	$104, %rsp
	pop	%r14
	pop	%r12
	xor	%ecx, %ecx
	xor	%r11d, %r11d
	ret
	.size	f, . - f
