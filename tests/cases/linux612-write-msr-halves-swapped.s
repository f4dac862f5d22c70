# title: ax is taken for the upper half
# contract: linux-6.12
# symbol: write_msr
# expect: refuted passes/r13
# because: regs.dx
# expect: refuted confines/r13
# because: r13

	.text
	.globl	write_msr
	.type	write_msr, @function
write_msr:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	88(%rdi), %r12
	mov	80(%rdi), %r13
	shl	$32, %r13
	or	96(%rdi), %r13
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
	mov	$-5, %eax
	test	%r10, %r10
	jnz	.Lend
	mov	32(%rsi), %eax
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	write_msr, . - write_msr
