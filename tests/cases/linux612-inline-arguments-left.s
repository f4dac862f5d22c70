# title: the wide mask shows the VMM the registers that the arguments came in, and rbx
# contract: linux-6.12
# symbol: _tdx_hypercall
# expect: refuted passes/rdx
# because: rdx
# expect: refuted passes/r8
# because: r8
# expect: refuted passes/r9
# because: r9
# expect: refuted passes/rbx
# because: rbx
# expect: refuted passes/rdi
# because: rdi
# expect: refuted passes/rsi
# because: rsi
# expect: refuted confines/rbx
# because: rbx
# expect: refuted confines/r9
# because: r9

	.text
	.globl	_tdx_hypercall
	.type	_tdx_hypercall, @function
_tdx_hypercall:
	push	%rbx
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
	pop	%rbx
	ret
.Lpanic:
	call	__tdx_hypercall_failed
	.size	_tdx_hypercall, . - _tdx_hypercall
