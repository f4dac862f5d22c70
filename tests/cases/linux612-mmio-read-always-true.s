# title: what the VMM refused is taken for read
# contract: linux-6.12
# symbol: mmio_read
# expect: refuted returns/al
# because: al

	.text
	.globl	mmio_read
	.type	mmio_read, @function
mmio_read:
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%edi, %r12d
	mov	%rsi, %r14
	xor	%r13d, %r13d
	xor	%r15d, %r15d
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%ebx, %ebx
	xor	%edx, %edx
	xor	%edi, %edi
	xor	%esi, %esi
	xor	%eax, %eax
	xor	%r10d, %r10d
	mov	$48, %r11d
	mov	$0x7c00, %ecx
	.byte	0x66,0x0f,0x01,0xcc		# tdcall
	test	%rax, %rax
	jnz	.Lfailed
	pop	%rdx
	pop	%rsi
	pop	%rdi
	mov	$1, %eax
	test	%r10, %r10
	jnz	.Lend
	mov	%r11, (%rdx)
	mov	$1, %al
.Lend:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	ret
.Lfailed:
	ud2
	.size	mmio_read, . - mmio_read
