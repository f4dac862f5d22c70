# title: nothing is written where the value is zero
# contract: linux-6.12
# symbol: hv_tdx_msr_write
# expect: refuted failure/tdcall
# because: without having made the call

	.text
	.globl	hv_tdx_msr_write
	.type	hv_tdx_msr_write, @function
hv_tdx_msr_write:
	test	%rsi, %rsi
	jz	.Lnothing
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%rdi, %r12
	mov	%rsi, %r13
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
	mov	$32, %r11d
	mov	$0x3c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
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
.Lnothing:
	ret
.Lfailed:
	ud2
	.size	hv_tdx_msr_write, . - hv_tdx_msr_write
