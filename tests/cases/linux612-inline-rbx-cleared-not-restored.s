# title: rbx is cleared for the VMM and not given back
# contract: linux-6.12
# symbol: _tdx_hypercall
# expect: refuted preserves/rbx
# because: rbx

	.text
	.globl	_tdx_hypercall
	.type	_tdx_hypercall, @function
_tdx_hypercall:
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r11
	mov	%rsi, %r12
	mov	%rdx, %r13
	mov	%rcx, %r14
	mov	%r8, %r15
	xor	%r10d, %r10d
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	mov	$0xffcc, %ecx
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
	call	__tdx_hypercall_failed
	.size	_tdx_hypercall, . - _tdx_hypercall
