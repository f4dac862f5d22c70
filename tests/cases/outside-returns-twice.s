# title: a word of the frame that is sent where setjmp returns again, and was a secret by then
# contract: generic
# symbol: twice
# expect: incomplete complete
# because: second time

	.text
	.globl	twice
	.type	twice, @function
twice:
	push	%rbx
	sub	$16, %rsp
	movq	$0, 8(%rsp)
	lea	buffer(%rip), %rdi
	call	_setjmp
	test	%eax, %eax
	jnz	.Lagain
	mov	%r12, 8(%rsp)
	call	may_jump_back
	xor	%eax, %eax
.Lagain:
	xor	%edx, %edx
	test	%eax, %eax
	jz	.Lcall
	mov	8(%rsp), %rdx
.Lcall:
	mov	$0x404, %ecx
	xor	%r10d, %r10d
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	xor	%edx, %edx
	add	$16, %rsp
	pop	%rbx
	ret
	.size	twice, . - twice

	.bss
	.balign	16
buffer:
	.zero	200
