# title: interrupts are off afterwards, whatever they were: neither what 6.12 did nor what it does now
# contract: linux-6.12
# symbol: tdx_safe_halt
# expect: refuted returns/if
# because: neither

	.text
	.globl	tdx_safe_halt
	.type	tdx_safe_halt, @function
tdx_safe_halt:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$12, %r11d
	mov	$0x1c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	cli
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	tdx_safe_halt, . - tdx_safe_halt
