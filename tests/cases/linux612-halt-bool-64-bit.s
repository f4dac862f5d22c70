# title: what lies above the 32 bits of a bool is the caller's garbage
# contract: linux-6.12
# symbol: __halt
# expect: refuted passes/r12
# because: irq_disabled
# expect: refuted confines/r12
# because: r12

	.text
	.globl	__halt
	.type	__halt, @function
__halt:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, %r12
	mov	$0xc, %r11d
	xor	%r10d, %r10d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
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
	pop	%rbx
	ret
.Lpanic:
	call	__tdx_hypercall_failed
	.size	__halt, . - __halt
