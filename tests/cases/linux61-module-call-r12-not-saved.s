# title: the pointer passes through r12, which is not saved
# contract: linux-6.1
# symbol: __tdx_module_call
# expect: refuted preserves/r12
# because: r12

	.text
	.globl	__tdx_module_call
	.type	__tdx_module_call, @function
__tdx_module_call:
	push	%r9
	mov	%rdi, %rax
	mov	%r8, %r9
	mov	%rcx, %r8
	mov	%rsi, %rcx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
	test	%r12, %r12
	jz	.Lout
	mov	%rcx, (%r12)
	mov	%rdx, 8(%r12)
	mov	%r8, 16(%r12)
	mov	%r9, 24(%r12)
	mov	%r10, 32(%r12)
	mov	%r11, 40(%r12)
.Lout:
	ret
	.size	__tdx_module_call, . - __tdx_module_call
