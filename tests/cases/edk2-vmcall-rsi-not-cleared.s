# title: rsi is exposed with the caller's value
# contract: edk2
# symbol: TdVmCall
# expect: refuted passes/rsi
# because: rsi
# expect: refuted confines/rsi
# because: rsi

	.text
	.globl	TdVmCall
	.type	TdVmCall, @function
TdVmCall:
	push	%rbx
	push	%rsi
	push	%rdi
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rcx, %r11
	mov	%rdx, %r12
	mov	%r8, %r13
	mov	%r9, %r14
	mov	0x60(%rsp), %r15
	xor	%r10d, %r10d
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	mov	$0xffcc, %ecx
	xor	%eax, %eax
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lclean
	mov	%r10, %rax
	mov	0x68(%rsp), %rcx
	test	%rcx, %rcx
	jz	.Lclean
	test	%rax, %rax
	jnz	.Lclean
	mov	%r11, (%rcx)
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
	.size	TdVmCall, . - TdVmCall
