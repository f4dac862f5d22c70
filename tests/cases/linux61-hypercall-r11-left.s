# title: r11 is left as the VMM set it
# contract: linux-6.1
# symbol: __tdx_hypercall
# expect: refuted scrubs/r11
# because: r11

	.text
	.globl	__tdx_hypercall
	.type	__tdx_hypercall, @function
__tdx_hypercall:
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	mov	(%rdi), %r10
	mov	8(%rdi), %r11
	mov	16(%rdi), %r12
	mov	24(%rdi), %r13
	mov	32(%rdi), %r14
	mov	40(%rdi), %r15
	xor	%eax, %eax
	mov	$0xfc00, %ecx
	test	$2, %rsi
	jz	.Lcall
	sti
.Lcall:
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	test	$1, %rsi
	jz	.Lout
	mov	%r10, (%rdi)
	mov	%r11, 8(%rdi)
	mov	%r12, 16(%rdi)
	mov	%r13, 24(%rdi)
	mov	%r14, 32(%rdi)
	mov	%r15, 40(%rdi)
.Lout:
	xor	%r10d, %r10d
	pop	%r12
	pop	%r13
	pop	%r14
	pop	%r15
	ret
.Lpanic:
	call	__tdx_hypercall_failed
	jmp	.Lpanic
	.size	__tdx_hypercall, . - __tdx_hypercall
