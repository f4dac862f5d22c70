# title: r8 and r9 take each other's argument
# contract: linux-6.1
# symbol: __tdx_module_call
# expect: refuted passes/r8
# because: in_r8
# expect: refuted passes/r9
# because: in_r9

	.text
	.globl	__tdx_module_call
	.type	__tdx_module_call, @function
__tdx_module_call:
	push	%r12
	push	%r9
	mov	%rdi, %rax
	mov	%rcx, %r9
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
	pop	%r12
	ret
	.size	__tdx_module_call, . - __tdx_module_call
