# title: the VMM's value though it refused
# contract: linux-6.12
# symbol: hv_tdx_msr_read
# expect: refuted returns/val[0]
# because: val[0]

	.text
	.globl	hv_tdx_msr_read
	.type	hv_tdx_msr_read, @function
hv_tdx_msr_read:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%rdi, %r12
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
	mov	$31, %r11d
	mov	$0x1c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	%r11, (%rsi)
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	hv_tdx_msr_read, . - hv_tdx_msr_read
