# title: the output is stored through a NULL pointer
# contract: linux-6.1
# symbol: __tdx_module_call
# expect: refuted memory/writes
# because: NULL

	.text
	.globl	__tdx_module_call
	.type	__tdx_module_call, @function
__tdx_module_call:
	push	%r12
	push	%r9
	mov	%rdi, %rax
	mov	%r8, %r9
	mov	%rcx, %r8
	mov	%rsi, %rcx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	pop	%r12
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
