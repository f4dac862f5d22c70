# title: the last two arguments are exchanged
# contract: linux-6.1
# symbol: _tdx_hypercall
# expect: refuted passes/r14
# because: r14
# expect: refuted passes/r15
# because: r15

	.text
	.globl	_tdx_hypercall
	.type	_tdx_hypercall, @function
_tdx_hypercall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	xor	%r10d, %r10d
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	mov	%rcx, %r15
	mov	%r8, %r14
	mov	$0xfc00, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lpanic
	mov	%r10, %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	ret
.Lpanic:
	ud2
	.size	_tdx_hypercall, . - _tdx_hypercall
