# title: the four values are stored through a NULL pointer
# contract: edk2
# symbol: TdVmCallCpuid
# expect: refuted memory/writes
# because: NULL

	.text
	.globl	TdVmCallCpuid
	.type	TdVmCallCpuid, @function
TdVmCallCpuid:
	push	%rbx
	push	%rsi
	push	%rdi
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%r8
	mov	$0xa, %r11d
	mov	%rcx, %r12
	mov	%rdx, %r13
	xor	%r10d, %r10d
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
	pop	%r8
	test	%rax, %rax
	jnz	.Lclean
	mov	%r10, %rax
	test	%rax, %rax
	jnz	.Lclean
	mov	%r12, (%r8)
	mov	%r13, 8(%r8)
	mov	%r14, 16(%r8)
	mov	%r15, 24(%r8)
.Lclean:
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rdi
	pop	%rsi
	pop	%rbx
	ret
	.size	TdVmCallCpuid, . - TdVmCallCpuid
